// As far as SQLCipher uses it.
typedef const void *CFTypeRef;
typedef const struct __CFString *CFStringRef;
typedef struct __CFBundle *CFBundleRef;
typedef unsigned CFStringEncoding;
#define kCFStringEncodingUTF8 0x08000100
#define CFSTR(text) ((CFStringRef)__builtin___CFStringMakeConstantString("" text ""))
extern const CFStringRef kCFBundleVersionKey;
CFBundleRef CFBundleGetBundleWithIdentifier(CFStringRef identifier);
CFTypeRef CFBundleGetValueForInfoDictionaryKey(CFBundleRef bundle, CFStringRef key);
const char *CFStringGetCStringPtr(CFStringRef text, CFStringEncoding encoding);
unsigned char CFStringGetCString(CFStringRef text, char *into, long size, CFStringEncoding encoding);
