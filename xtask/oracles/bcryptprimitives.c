/* The one function that Rust's standard library takes from bcryptprimitives.dll, which Wine has
   only since version 8.9 or so: random bytes. For `cargo xtask oracle windows`. */
#include <windows.h>
#include <ntsecapi.h>

__declspec(dllexport) BOOL WINAPI ProcessPrng(PBYTE data, SIZE_T length)
{
    return RtlGenRandom(data, (ULONG)length);
}
