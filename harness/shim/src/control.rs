//! What both sides share: which call is to fail and how, how many there were, and which one failed.
//!
//! Eight numbers of 64 bits, in the machine's order: calls so far, the call that fails (0: none), how, whether it has
//! failed, its sort (index into `Call`), the file whose next write fails because this one was cut short (plus 1), and
//! how many of the calls were writes.

use std::ffi::{c_int, c_long};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// Length of the control file.
pub(crate) const BYTES: usize = 64;

const COUNT: usize = 0;
const TARGET: usize = 1;
const KIND: usize = 2;
const HIT: usize = 3;
const SORT: usize = 4;
const NEXT_WRITE: usize = 5;
const WRITES: usize = 6;

const EIO: u64 = 1;
const ENOSPC: u64 = 2;
const SHORT: u64 = 3;
const KILL_BEFORE: u64 = 4;
const KILL_AFTER: u64 = 5;
/// Says that it was done, and that all writes after it were: a disk that lies, by which the sweep itself is tested.
const SWALLOW: u64 = 6;

/// A call that changes files.
#[derive(Clone, Copy)]
pub(crate) enum Call {
    Create,
    Write { fd: c_int, count: usize },
    Sync,
    Truncate,
    Rename,
    Unlink,
}

impl Call {
    fn sort(self) -> u64 {
        match self {
            Self::Create => 1,
            Self::Write { .. } => 2,
            Self::Sync => 3,
            Self::Truncate => 4,
            Self::Rename => 5,
            Self::Unlink => 6,
        }
    }
}

/// What becomes of a call.
pub(crate) enum Verdict {
    Pass,
    Fail(c_int),
    Short,
    KillBefore,
    KillAfter,
    Swallow(c_long),
}

struct Shared(&'static [AtomicU64; BYTES / 8]);

fn shared() -> Option<&'static Shared> {
    static SHARED: OnceLock<Option<Shared>> = OnceLock::new();
    SHARED.get_or_init(map).as_ref()
}

fn map() -> Option<Shared> {
    let path = std::env::var_os("TACITA_FAULT_CONTROL")?;
    let mut path = std::os::unix::ffi::OsStringExt::into_vec(path);
    path.push(0);
    // SAFETY: the path is ended by a zero; the mapping is `BYTES` long, aligned to a page, and stays for good.
    unsafe {
        let fd = libc::syscall(
            libc::SYS_openat,
            libc::AT_FDCWD,
            path.as_ptr(),
            libc::O_RDWR | libc::O_CLOEXEC,
        );
        let fd = c_int::try_from(fd).ok().filter(|fd| *fd >= 0)?;
        let memory = libc::mmap(
            std::ptr::null_mut(),
            BYTES,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_SHARED,
            fd,
            0,
        );
        libc::syscall(libc::SYS_close, fd);
        if memory == libc::MAP_FAILED {
            return None;
        }
        Some(Shared(&*memory.cast::<[AtomicU64; BYTES / 8]>()))
    }
}

/// Counts a call and says what becomes of it. For calls cut short only writes count: no other can be.
pub(crate) fn judge(call: Call) -> Verdict {
    let Some(Shared(cells)) = shared() else {
        return Verdict::Pass;
    };
    let is_write = matches!(call, Call::Write { .. });
    if let Call::Write { fd, .. } = call
        && cells[NEXT_WRITE]
            .compare_exchange(mark(fd), 0, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    {
        return Verdict::Fail(libc::ENOSPC);
    }
    let kind = cells[KIND].load(Ordering::SeqCst);
    let mut number = cells[COUNT].fetch_add(1, Ordering::SeqCst) + 1;
    if is_write {
        let write = cells[WRITES].fetch_add(1, Ordering::SeqCst) + 1;
        number = if kind == SHORT { write } else { number };
    }
    if kind == SWALLOW && is_write && cells[HIT].load(Ordering::SeqCst) == 1 {
        // Once it lies, it goes on lying.
        return swallow(call);
    }
    if number != cells[TARGET].load(Ordering::SeqCst) || (kind == SHORT && !is_write) {
        return Verdict::Pass;
    }
    cells[SORT].store(call.sort(), Ordering::SeqCst);
    cells[HIT].store(1, Ordering::SeqCst);
    match (kind, call) {
        (EIO, _) => Verdict::Fail(libc::EIO),
        (ENOSPC, _) => Verdict::Fail(libc::ENOSPC),
        (SHORT, Call::Write { fd, .. }) => {
            cells[NEXT_WRITE].store(mark(fd), Ordering::SeqCst);
            Verdict::Short
        }
        (KILL_BEFORE, _) => Verdict::KillBefore,
        (KILL_AFTER, _) => Verdict::KillAfter,
        (SWALLOW, _) => swallow(call),
        _ => Verdict::Pass,
    }
}

fn swallow(call: Call) -> Verdict {
    match call {
        Call::Write { count, .. } => Verdict::Swallow(count as c_long),
        _ => Verdict::Swallow(0),
    }
}

/// What stands for a file in a cell in which 0 is none.
fn mark(fd: c_int) -> u64 {
    u64::try_from(fd).unwrap_or(u64::MAX).wrapping_add(1)
}
