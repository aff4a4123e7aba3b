//! Generates the Kotlin and Swift halves of the bindings from the library that was just built.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;
use crate::{native, program, rust, snippets, step, swift, words};

/// Builds the library and writes both languages' code to where their builds look for it.
pub fn generate(ws: &Workspace) -> Result<()> {
    rust::build(ws)?;
    let library = ws.debug().join(rust::library_name());
    native::lay_out(ws, &library)?;
    generate_kotlin(ws, &library)?;

    let generated = generate_language(ws, &library, "swift")?;
    let ffi = ws.path("ios/Sources/TacitaFFI");
    copy_one(&generated.join("TacitaFFI.h"), &ffi.join("TacitaFFI.h"))?;
    write_changed(&ffi.join("module.modulemap"), MODULE_MAP.as_bytes())?;
    let made = generated.join("tacita.swift");
    let code = ws.path("ios/Sources/TacitaBindings/tacita.swift");
    if fs::read(&code).ok() != fs::read(&made).ok() {
        forget_swift_builds(ws)?;
    }
    copy_one(&made, &code)?;
    words::generate(ws)?;
    snippets::generate(ws)
}

/// Swift does not always compile anew what calls a class that has got another method: such calls then end in the method
/// beside it.
fn forget_swift_builds(ws: &Workspace) -> Result<()> {
    for package in ["ios", swift::AGENT] {
        let build = ws.path(package).join(".build");
        if build.exists() {
            fs::remove_dir_all(build)?;
        }
    }
    Ok(())
}

/// Writes the Kotlin half of this library alone.
pub fn generate_kotlin(ws: &Workspace, library: &Path) -> Result<()> {
    let kotlin = generate_language(ws, library, "kotlin")?;
    let to = ws.path("android/bindings/target/generated-sources/uniffi");
    copy_changed(&kotlin, &to)
}

fn generate_language(ws: &Workspace, library: &Path, language: &str) -> Result<PathBuf> {
    let out = ws.target.join("uniffi").join(language);
    if out.exists() {
        fs::remove_dir_all(&out)?;
    }
    fs::create_dir_all(&out)?;
    let mut command = program::program(ws, ws.debug().join("uniffi-bindgen"));
    command.arg("generate").arg(library);
    command
        .args(["--language", language, "--no-format", "--out-dir"])
        .arg(&out);
    step::run(ws, &format!("generating {language} bindings"), command)?;
    Ok(out)
}

/// Makes `to` hold what `from` holds. Equal files keep their time, so that nothing is rebuilt.
fn copy_changed(from: &Path, to: &Path) -> Result<()> {
    if to.exists() {
        for entry in fs::read_dir(to)? {
            let entry = entry?;
            if from.join(entry.file_name()).exists() {
                continue;
            }
            if entry.file_type()?.is_dir() {
                fs::remove_dir_all(entry.path())?;
            } else {
                fs::remove_file(entry.path())?;
            }
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_changed(&entry.path(), &target)?;
        } else {
            copy_one(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn copy_one(from: &Path, to: &Path) -> Result<()> {
    let bytes = fs::read(from).with_context(|| format!("{} was not generated", from.display()))?;
    write_changed(to, &bytes)
}

/// Writes a file, unless it holds that already: then it keeps its time.
pub fn write_changed(path: &Path, bytes: &[u8]) -> Result<()> {
    if fs::read(path).is_ok_and(|old| old == bytes) {
        return Ok(());
    }
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    fs::write(path, bytes).with_context(|| format!("writing {}", path.display()))
}

/// The generated one says what Apple's linker is told elsewhere; this one names the library itself.
const MODULE_MAP: &str = "\
module TacitaFFI {
    header \"TacitaFFI.h\"
    link \"tacita\"
    export *
}
";
