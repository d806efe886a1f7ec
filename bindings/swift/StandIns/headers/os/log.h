// As far as SQLCipher uses it.
typedef struct os_log_s *os_log_t;
extern struct os_log_s _os_log_default;
#define OS_LOG_DEFAULT (&_os_log_default)
void os_log(os_log_t log, const char *format, ...);
