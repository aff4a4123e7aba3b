//! Preloaded into a process, it counts the file operations below one directory and makes the n-th fail.
//!
//! `TACITA_FAULT_DIRECTORY` names the directory, `TACITA_FAULT_CONTROL` a file of [`control::BYTES`] that both sides
//! map: `harness/src/faults/control.rs` arms it and reads it. Only what changes files is counted: open to create,
//! mkdir, write, truncate, allocate, fsync, rename, unlink. Everything else, and everything elsewhere, passes through.
#![cfg(all(target_os = "linux", target_pointer_width = "64"))]
#![allow(
    unsafe_code,
    reason = "it stands in for functions of the C library; nothing but tests loads it"
)]
#![allow(
    clippy::missing_safety_doc,
    missing_docs,
    reason = "each function is the C library's of the same name, with its contract"
)]

mod control;
mod place;

use std::ffi::{c_char, c_int, c_long, c_uint, c_void};

use libc::{iovec, mode_t, off_t, size_t, ssize_t};

use control::{Call, Verdict, judge};
use place::{fd_is_ours, path_is_ours};

/// Does what was asked, unless this is the call that is to fail.
///
/// # Safety
/// `real` is a call of the C library with the caller's own arguments.
unsafe fn guard(call: Call, ours: bool, real: impl FnOnce() -> c_long) -> c_long {
    match if ours { judge(call) } else { Verdict::Pass } {
        Verdict::Pass => real(),
        Verdict::Fail(error) => fail(error),
        Verdict::KillBefore => die(),
        Verdict::KillAfter => {
            let _ = real();
            die()
        }
        // Said to be done, and not done.
        Verdict::Swallow(amount) => amount,
        Verdict::Short => real(),
    }
}

fn fail(error: c_int) -> c_long {
    // SAFETY: the location of this thread's errno is always valid.
    unsafe { *libc::__errno_location() = error };
    -1
}

fn die() -> c_long {
    // SAFETY: takes no pointers; it does not return.
    unsafe {
        libc::syscall(libc::SYS_kill, libc::getpid(), libc::SIGKILL);
        libc::pause();
    }
    -1
}

fn creates(flags: c_int) -> bool {
    flags & libc::O_CREAT != 0
}

unsafe fn open_at(dir: c_int, path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: the arguments are the caller's.
    unsafe {
        let ours = creates(flags) && path_is_ours(dir, path);
        guard(Call::Create, ours, || {
            libc::syscall(libc::SYS_openat, dir, path, flags, mode)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn open64(path: *const c_char, flags: c_int, mode: mode_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat(
    dir: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe { open_at(dir, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn openat64(
    dir: c_int,
    path: *const c_char,
    flags: c_int,
    mode: mode_t,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe { open_at(dir, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn creat(path: *const c_char, mode: mode_t) -> c_int {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    // SAFETY: as the C library's.
    unsafe { open_at(libc::AT_FDCWD, path, flags, mode) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn mkdir(path: *const c_char, mode: mode_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        let ours = path_is_ours(libc::AT_FDCWD, path);
        guard(Call::Create, ours, || {
            libc::syscall(libc::SYS_mkdirat, libc::AT_FDCWD, path, mode)
        }) as c_int
    }
}

/// A write of `count` bytes, of which `real` does as many as it is told.
unsafe fn write_some(fd: c_int, count: size_t, real: impl Fn(size_t) -> c_long) -> ssize_t {
    if !fd_is_ours(fd) {
        return real(count) as ssize_t;
    }
    let done = match judge(Call::Write { fd, count }) {
        Verdict::Pass => real(count),
        Verdict::Fail(error) => fail(error),
        Verdict::KillBefore => die(),
        Verdict::KillAfter => {
            let _ = real(count);
            die()
        }
        Verdict::Swallow(amount) => amount,
        Verdict::Short => match count / 2 {
            0 => fail(libc::ENOSPC),
            half => real(half),
        },
    };
    done as ssize_t
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn write(fd: c_int, bytes: *const c_void, count: size_t) -> ssize_t {
    // SAFETY: as the C library's; fewer bytes than the caller has are written at most.
    unsafe {
        write_some(fd, count, |count| {
            libc::syscall(libc::SYS_write, fd, bytes, count)
        })
    }
}

unsafe fn write_at(fd: c_int, bytes: *const c_void, count: size_t, offset: off_t) -> ssize_t {
    // SAFETY: as the C library's; fewer bytes than the caller has are written at most.
    unsafe {
        write_some(fd, count, |count| {
            libc::syscall(libc::SYS_pwrite64, fd, bytes, count, offset)
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: as the C library's.
    unsafe { write_at(fd, bytes, count, offset) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwrite64(
    fd: c_int,
    bytes: *const c_void,
    count: size_t,
    offset: off_t,
) -> ssize_t {
    // SAFETY: as the C library's.
    unsafe { write_at(fd, bytes, count, offset) }
}

/// Writes of several pieces fail as a whole; cut short, only the first piece is written.
unsafe fn write_pieces(
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    real: impl Fn(c_int) -> c_long,
) -> ssize_t {
    if !fd_is_ours(fd) || count < 1 {
        return real(count) as ssize_t;
    }
    // SAFETY: the caller gives `count` pieces.
    let total = unsafe { std::slice::from_raw_parts(pieces, count as usize) }
        .iter()
        .map(|piece| piece.iov_len)
        .sum();
    let done = match judge(Call::Write { fd, count: total }) {
        Verdict::Pass => real(count),
        Verdict::Fail(error) => fail(error),
        Verdict::KillBefore => die(),
        Verdict::KillAfter => {
            let _ = real(count);
            die()
        }
        Verdict::Swallow(amount) => amount,
        Verdict::Short => real(1),
    };
    done as ssize_t
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn writev(fd: c_int, pieces: *const iovec, count: c_int) -> ssize_t {
    // SAFETY: as the C library's.
    unsafe {
        write_pieces(fd, pieces, count, |count| {
            libc::syscall(libc::SYS_writev, fd, pieces, count)
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev(
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    // SAFETY: as the C library's; on 64 bits the offset stands in its low half alone.
    unsafe {
        write_pieces(fd, pieces, count, |count| {
            libc::syscall(libc::SYS_pwritev, fd, pieces, count, offset, 0)
        })
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn pwritev64(
    fd: c_int,
    pieces: *const iovec,
    count: c_int,
    offset: off_t,
) -> ssize_t {
    // SAFETY: as the C library's.
    unsafe { pwritev(fd, pieces, count, offset) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fsync(fd: c_int) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        guard(Call::Sync, fd_is_ours(fd), || {
            libc::syscall(libc::SYS_fsync, fd)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fdatasync(fd: c_int) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        guard(Call::Sync, fd_is_ours(fd), || {
            libc::syscall(libc::SYS_fdatasync, fd)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate(fd: c_int, length: off_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        guard(Call::Truncate, fd_is_ours(fd), || {
            libc::syscall(libc::SYS_ftruncate, fd, length)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn ftruncate64(fd: c_int, length: off_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe { ftruncate(fd, length) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate(fd: c_int, mode: c_int, offset: off_t, length: off_t) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        guard(Call::Truncate, fd_is_ours(fd), || {
            libc::syscall(libc::SYS_fallocate, fd, mode, offset, length)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn fallocate64(
    fd: c_int,
    mode: c_int,
    offset: off_t,
    length: off_t,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe { fallocate(fd, mode, offset, length) }
}

unsafe fn rename_at(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        let ours = path_is_ours(from_dir, from) || path_is_ours(to_dir, to);
        guard(Call::Rename, ours, || {
            libc::syscall(libc::SYS_renameat2, from_dir, from, to_dir, to, flags)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn rename(from: *const c_char, to: *const c_char) -> c_int {
    // SAFETY: as the C library's.
    unsafe { rename_at(libc::AT_FDCWD, from, libc::AT_FDCWD, to, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe { rename_at(from_dir, from, to_dir, to, 0) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn renameat2(
    from_dir: c_int,
    from: *const c_char,
    to_dir: c_int,
    to: *const c_char,
    flags: c_uint,
) -> c_int {
    // SAFETY: as the C library's.
    unsafe { rename_at(from_dir, from, to_dir, to, flags) }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlinkat(dir: c_int, path: *const c_char, flags: c_int) -> c_int {
    // SAFETY: as the C library's.
    unsafe {
        let ours = path_is_ours(dir, path);
        guard(Call::Unlink, ours, || {
            libc::syscall(libc::SYS_unlinkat, dir, path, flags)
        }) as c_int
    }
}

#[unsafe(no_mangle)]
pub unsafe extern "C" fn unlink(path: *const c_char) -> c_int {
    // SAFETY: as the C library's.
    unsafe { unlinkat(libc::AT_FDCWD, path, 0) }
}
