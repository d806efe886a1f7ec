// As far as SQLCipher uses it.
#include <stddef.h>
#include <stdint.h>

typedef int32_t CCCryptorStatus;
typedef uint32_t CCOperation, CCAlgorithm, CCOptions, CCHmacAlgorithm, CCPBKDFAlgorithm, CCPseudoRandomAlgorithm;
typedef struct _CCCryptor *CCCryptorRef;
typedef struct { uint32_t ctx[96]; } CCHmacContext;

enum { kCCSuccess = 0 };
enum { kCCEncrypt = 0, kCCDecrypt };
enum { kCCAlgorithmAES128 = 0, kCCBlockSizeAES128 = 16, kCCKeySizeAES256 = 32 };
enum { kCCHmacAlgSHA1, kCCHmacAlgMD5, kCCHmacAlgSHA256, kCCHmacAlgSHA384, kCCHmacAlgSHA512, kCCHmacAlgSHA224 };
enum { CC_SHA1_DIGEST_LENGTH = 20, CC_SHA256_DIGEST_LENGTH = 32, CC_SHA512_DIGEST_LENGTH = 64 };
enum { kCCPBKDF2 = 2 };
enum { kCCPRFHmacAlgSHA1 = 1, kCCPRFHmacAlgSHA224, kCCPRFHmacAlgSHA256, kCCPRFHmacAlgSHA384, kCCPRFHmacAlgSHA512 };

CCCryptorStatus CCCryptorCreate(
    CCOperation op, CCAlgorithm alg, CCOptions options, const void *key, size_t keyLength, const void *iv, CCCryptorRef *cryptor);
CCCryptorStatus CCCryptorUpdate(
    CCCryptorRef cryptor, const void *in, size_t inLength, void *out, size_t outAvailable, size_t *outMoved);
CCCryptorStatus CCCryptorFinal(CCCryptorRef cryptor, void *out, size_t outAvailable, size_t *outMoved);
CCCryptorStatus CCCryptorRelease(CCCryptorRef cryptor);
void CCHmacInit(CCHmacContext *ctx, CCHmacAlgorithm algorithm, const void *key, size_t keyLength);
void CCHmacUpdate(CCHmacContext *ctx, const void *data, size_t length);
void CCHmacFinal(CCHmacContext *ctx, void *mac);
int CCKeyDerivationPBKDF(
    CCPBKDFAlgorithm algorithm, const char *password, size_t passwordLength, const uint8_t *salt, size_t saltLength,
    CCPseudoRandomAlgorithm prf, unsigned rounds, uint8_t *key, size_t keyLength);
