//! Judges a library for Android by what `llvm-readelf` says of it.

use anyhow::{Result, bail};

/// What `llvm-readelf` is asked.
pub const QUESTIONS: [&str; 4] = ["--wide", "--program-headers", "--dynamic", "--dyn-syms"];

/// Fails if the library does not load on a phone with pages of 16 KB, needs what a phone may lack, or exports
/// anything but the bindings: above all OpenSSL's names, which another library of the app may have too.
pub fn judge(output: &str) -> Result<()> {
    let found = Library::read(output);
    let mut faults = Vec::new();
    if found.alignments.is_empty() {
        faults.push("no LOAD segment was found".to_owned());
    }
    for alignment in &found.alignments {
        if *alignment < PAGE {
            faults.push(format!(
                "a LOAD segment is aligned to {alignment:#x}, not to {PAGE:#x}: was it linked with max-page-size?"
            ));
        }
    }
    if found.needed.is_empty() {
        faults.push("it needs no library at all, not even libc".to_owned());
    }
    for name in &found.needed {
        if !ON_EVERY_PHONE.contains(name) {
            faults.push(format!("it needs {name}, which a phone may lack"));
        }
    }
    if !found.exported.iter().any(|name| is_bindings(name)) {
        faults.push("it exports no function of the bindings".to_owned());
    }
    for name in &found.exported {
        if !is_bindings(name) {
            faults.push(format!("it exports {name}, which is not of the bindings"));
        } else if FOR_TESTS.iter().any(|part| name.contains(part)) {
            faults.push(format!("it exports {name}, which only tests may have"));
        }
    }
    if faults.is_empty() {
        return Ok(());
    }
    let all = faults.len();
    faults.truncate(SHOWN);
    bail!("{all} faults in the library:\n  {}", faults.join("\n  "))
}

/// What of a library is judged.
#[derive(Debug, Default, PartialEq, Eq)]
struct Library<'a> {
    /// Of each LOAD segment, in bytes.
    alignments: Vec<u64>,
    /// The libraries that it asks the system for.
    needed: Vec<&'a str>,
    /// The names that others can link to.
    exported: Vec<&'a str>,
}

impl<'a> Library<'a> {
    fn read(output: &'a str) -> Self {
        let mut found = Self::default();
        for line in output.lines() {
            let words: Vec<&str> = line.split_whitespace().collect();
            match words.as_slice() {
                ["LOAD", .., alignment] => found.alignments.push(hexadecimal(alignment)),
                [_, "(NEEDED)", .., name] => {
                    found.needed.push(name.trim_matches(['[', ']']));
                }
                [number, _, _, _, bind, _, section, name]
                    if number.ends_with(':') && *bind != "LOCAL" && is_defined(section) =>
                {
                    found.exported.push(name);
                }
                _ => {}
            }
        }
        found
    }
}

/// What is no number counts as no alignment at all.
fn hexadecimal(text: &str) -> u64 {
    let digits = text.strip_prefix("0x").unwrap_or_default();
    u64::from_str_radix(digits, 16).unwrap_or(0)
}

/// A symbol's section is a number, or a word if it has none here.
fn is_defined(section: &str) -> bool {
    section == "ABS" || section.parse::<u32>().is_ok()
}

fn is_bindings(name: &str) -> bool {
    BINDINGS.iter().any(|start| name.starts_with(start))
}

/// Android's larger pages; a multiple of the smaller ones, so good for all.
const PAGE: u64 = 16 * 1024;
const ON_EVERY_PHONE: [&str; 4] = ["libc.so", "libdl.so", "liblog.so", "libm.so"];
const BINDINGS: [&str; 3] = ["uniffi_tacita_", "ffi_tacita_", "UNIFFI_META_"];
/// Parts of names in the bindings that a build with `test-vault` has.
const FOR_TESTS: [&str; 2] = ["test_vault", "panic_for_tests"];
const SHOWN: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "\
Elf file type is DYN (Shared object file)
Entry point 0x0
There are 10 program headers, starting at offset 64

Program Headers:
  Type           Offset   VirtAddr           PhysAddr           FileSiz  MemSiz   Flg Align
  PHDR           0x000040 0x0000000000000040 0x0000000000000040 0x000230 0x000230 R   0x8
  LOAD           0x000000 0x0000000000000000 0x0000000000000000 0x2f2c38 0x2f2c38 R   0x4000
  LOAD           0x2f2c40 0x00000000002f6c40 0x00000000002f6c40 0x5b1a90 0x5b1a90 R E 0x4000
  LOAD           0x8a46d0 0x00000000008ac6d0 0x00000000008ac6d0 0x05b0f8 0x05b930 RW  0x4000
  DYNAMIC        0x8fc5a0 0x00000000009045a0 0x00000000009045a0 0x0001b0 0x0001b0 RW  0x8
  GNU_RELRO      0x8a46d0 0x00000000008ac6d0 0x00000000008ac6d0 0x05b0f8 0x05b930 R   0x1

 Section to Segment mapping:
  Segment Sections...
   00     .dynsym .gnu.version .gnu.hash .dynstr .rela.dyn .rodata .eh_frame
Dynamic section at offset 0x8fc5a0 contains 27 entries:
  Tag                Type           Name/Value
  0x0000000000000001 (NEEDED)       Shared library: [libdl.so]
  0x0000000000000001 (NEEDED)       Shared library: [liblog.so]
  0x0000000000000001 (NEEDED)       Shared library: [libm.so]
  0x0000000000000001 (NEEDED)       Shared library: [libc.so]
  0x000000000000001e (FLAGS)        BIND_NOW 
  0x0000000000000000 (NULL)         0x0

Symbol table '.dynsym' contains 5 entries:
   Num:    Value          Size Type    Bind   Vis       Ndx Name
     0: 0000000000000000     0 NOTYPE  LOCAL  DEFAULT   UND 
     1: 0000000000000000     0 FUNC    GLOBAL DEFAULT   UND memcpy@LIBC
     2: 00000000003a1c40    88 FUNC    GLOBAL DEFAULT    14 uniffi_tacita_fn_func_core_version
     3: 00000000003a9d04   112 FUNC    GLOBAL DEFAULT    14 ffi_tacita_rustbuffer_alloc
     4: 00000000000413a8   101 OBJECT  GLOBAL DEFAULT    12 UNIFFI_META_TACITA_FUNC_CORE_VERSION
";

    #[test]
    fn good_library_is_read_and_passes() {
        let read = Library::read(GOOD);
        assert_eq!(read.alignments, [0x4000; 3]);
        assert_eq!(read.needed, ["libdl.so", "liblog.so", "libm.so", "libc.so"]);
        assert_eq!(read.exported.len(), 3);
        judge(GOOD).unwrap();
        judge(&GOOD.replace("0x4000", "0x10000")).unwrap();
    }

    #[test]
    fn one_segment_for_pages_of_4_kb_is_refused() {
        let small = GOOD.replace("R E 0x4000", "R E 0x1000");
        let error = judge(&small).unwrap_err().to_string();
        assert!(error.contains("aligned to 0x1000"), "{error}");
        assert!(error.starts_with("1 faults"), "{error}");
    }

    #[test]
    fn library_for_32_bits_is_read_too() {
        // Shorter addresses, and the same columns.
        let line = "  LOAD           0x000000 0x00000000 0x00000000 0x1d0a2c 0x1d0a2c R   0x1000";
        assert_eq!(Library::read(line).alignments, [0x1000]);
        let line = "     7: 001d2b3d    64 FUNC    GLOBAL DEFAULT    13 EVP_EncryptInit_ex";
        assert_eq!(Library::read(line).exported, ["EVP_EncryptInit_ex"]);
    }

    #[test]
    fn foreign_names_and_libraries_are_refused() {
        for (from, to, fault) in [
            ("[libdl.so]", "[libcrypto.so]", "needs libcrypto.so"),
            ("[libdl.so]", "[libc++_shared.so]", "needs libc++_shared.so"),
            (
                "ffi_tacita_rustbuffer_alloc",
                "OPENSSL_init_crypto",
                "exports OPENSSL_init_crypto",
            ),
            (
                "ffi_tacita_rustbuffer_alloc",
                "EVP_MD_CTX_new@@OPENSSL_3",
                "exports EVP_MD_CTX_new",
            ),
            ("func_core_version", "func_test_vault", "only tests"),
        ] {
            let error = judge(&GOOD.replace(from, to)).unwrap_err().to_string();
            assert!(error.contains(fault), "{error}");
        }
    }

    #[test]
    fn output_in_which_nothing_is_found_does_not_pass() {
        let error = judge("llvm-readelf: error: no such file\n").unwrap_err();
        assert!(error.to_string().starts_with("3 faults"), "{error}");
    }
}
