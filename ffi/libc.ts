/** The functions of Linux's C library that a packet socket and its ring need. Other systems do without. */
import type { Failure } from "./errors.ts";
import { fromCPointer, toCString } from "./cstring.ts";
import { lazily } from "./load.ts";

const symbols = {
  socket: { parameters: ["i32", "i32", "i32"], result: "i32" }, // int domain, int type, int protocol
  setsockopt: { parameters: ["i32", "i32", "i32", "buffer", "u32"], result: "i32" }, // int fd, int level, int name, void *value, socklen_t length
  getsockopt: { parameters: ["i32", "i32", "i32", "buffer", "buffer"], result: "i32" }, // int fd, int level, int name, void *value, socklen_t *length
  bind: { parameters: ["i32", "buffer", "u32"], result: "i32" }, // int fd, struct sockaddr *address, socklen_t length
  getsockname: { parameters: ["i32", "buffer", "buffer"], result: "i32" }, // int fd, struct sockaddr *address, socklen_t *length
  sendto: { parameters: ["i32", "buffer", "usize", "i32", "buffer", "u32"], result: "isize" }, // int fd, const void *data, size_t length, int flags, const struct sockaddr *address, socklen_t addressLength
  ioctl: { parameters: ["i32", "usize", "buffer"], result: "i32" }, // int fd, unsigned long request, void *argument
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" }, // void *address, size_t length, int protection, int flags, int fd, off_t offset
  munmap: { parameters: ["pointer", "usize"], result: "i32" }, // void *address, size_t length
  poll: { parameters: ["buffer", "usize", "i32"], result: "i32", nonblocking: true }, // struct pollfd *fds, nfds_t count, int timeout_ms
  close: { parameters: ["i32"], result: "i32" }, // int fd
  if_nametoindex: { parameters: ["buffer"], result: "u32" }, // const char *name
  strerror: { parameters: ["i32"], result: "pointer" }, // int error
  __errno_location: { parameters: [], result: "pointer" },
} as const satisfies Deno.ForeignLibraryInterface;

/** The library; opened when first called. Throws a NativeError of kind `library` on other systems than Linux. */
export const libc = lazily({
  title: "the C library",
  files: { linux: ["libc.so.6"] },
  install: { linux: "glibc" },
}, symbols);

export const EPERM = 1;
export const ENODEV = 19;
export const EACCES = 13;
export const ENOMEM = 12;
export const ENETDOWN = 100;

/** Why the call before this one failed. Nothing runs in between that could change errno. */
export function libcFailure(): Failure {
  const location = libc().__errno_location();
  const code = location === null ? 0 : new Deno.UnsafePointerView(location).getInt32();
  const kind = code === EPERM || code === EACCES ? "privilege" : code === ENODEV ? "device" : "system";
  return { kind, text: errorText(code), code };
}

/** Text of an errno value. */
export function errorText(code: number): string {
  return fromCPointer(libc().strerror(code));
}

/** The index of an interface of Linux; 0 if there is none of this name. */
export function interfaceIndex(name: string): number {
  return libc().if_nametoindex(toCString(name));
}
