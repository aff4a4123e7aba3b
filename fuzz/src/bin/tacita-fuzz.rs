//! Writes seeds of each target, and tells what one input does: `seeds DIRECTORY`, `run TARGET FILE`.

use std::path::Path;
use std::process::ExitCode;

use tacita_fuzz::{TARGETS, find};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let result = match words.as_slice() {
        ["seeds", directory] => write_seeds(Path::new(directory)),
        ["run", target, file] => run(target, Path::new(file)),
        _ => Err("usage: tacita-fuzz seeds DIRECTORY | tacita-fuzz run TARGET FILE".to_owned()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// One folder for each target.
fn write_seeds(directory: &Path) -> Result<(), String> {
    for target in TARGETS {
        let folder = directory.join(target.name);
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        for (number, seed) in (target.seeds)().into_iter().enumerate() {
            let file = folder.join(format!("seed-{number:02}"));
            std::fs::write(file, seed).map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn run(target: &str, file: &Path) -> Result<(), String> {
    let target = find(target).ok_or("no such target")?;
    let input = std::fs::read(file).map_err(|error| error.to_string())?;
    match (target.run)(&input) {
        true => println!("{}: taken", target.name),
        false => println!("{}: refused", target.name),
    }
    Ok(())
}
