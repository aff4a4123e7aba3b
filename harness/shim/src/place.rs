//! Whether a path or an open file lies below the watched directory. Nothing here allocates or changes errno for good.

use std::ffi::{CStr, c_char, c_int};
use std::sync::OnceLock;

/// Longer paths than this are nobody's.
const PATH_BYTES: usize = 4096;

fn directory() -> Option<&'static [u8]> {
    static DIRECTORY: OnceLock<Option<Vec<u8>>> = OnceLock::new();
    DIRECTORY
        .get_or_init(|| {
            let value = std::env::var_os("TACITA_FAULT_DIRECTORY")?;
            Some(std::os::unix::ffi::OsStringExt::into_vec(value))
        })
        .as_deref()
}

fn is_below(path: &[u8]) -> bool {
    let Some(directory) = directory() else {
        return false;
    };
    match path.strip_prefix(directory) {
        Some(rest) => rest.is_empty() || rest.starts_with(b"/") || rest.starts_with(b" "),
        None => false,
    }
}

/// Whether what stands behind a file descriptor is below the directory.
pub(crate) fn fd_is_ours(fd: c_int) -> bool {
    if directory().is_none() {
        return false;
    }
    let mut link = [0_u8; 32];
    let mut writer = &mut link[..];
    if std::io::Write::write_fmt(&mut writer, format_args!("/proc/self/fd/{fd}\0")).is_err() {
        return false;
    }
    let mut target = [0_u8; PATH_BYTES];
    // SAFETY: the link is ended by a zero, and the target has the length that is told.
    let length = unsafe {
        libc::syscall(
            libc::SYS_readlinkat,
            libc::AT_FDCWD,
            link.as_ptr(),
            target.as_mut_ptr(),
            target.len(),
        )
    };
    usize::try_from(length)
        .ok()
        .and_then(|length| target.get(..length))
        .is_some_and(is_below)
}

/// Whether a path, from a directory on if it is relative, is below the directory. The stores name theirs in full.
///
/// # Safety
/// `path` is null or ended by a zero.
pub(crate) unsafe fn path_is_ours(dir: c_int, path: *const c_char) -> bool {
    if path.is_null() {
        return false;
    }
    // SAFETY: by this function's own contract.
    let path = unsafe { CStr::from_ptr(path) }.to_bytes();
    if path.starts_with(b"/") || dir == libc::AT_FDCWD {
        is_below(path)
    } else {
        fd_is_ours(dir)
    }
}
