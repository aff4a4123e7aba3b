//! A plan for a package: steps as data, which can be shown and checked before anything is run.

use std::path::Path;

use anyhow::Result;

/// All that has to be done for one package, in order.
#[derive(Debug)]
pub struct Plan {
    /// The command that carries it out.
    pub name: &'static str,
    /// What a machine must have for it besides the usual programs, and where to get it.
    pub needs: &'static str,
    /// The steps.
    pub steps: Vec<Step>,
    /// What lies there at the end.
    pub results: Vec<String>,
}

/// One step. Paths are relative to the checkout, or absolute.
#[derive(Debug)]
pub struct Step {
    /// One line, another one for each step of a plan.
    pub title: String,
    /// What is done.
    pub action: Action,
    /// What must be there.
    pub inputs: Vec<Input>,
    /// What is there afterwards: files, or folders with what lies in them.
    pub outputs: Vec<String>,
}

/// What a step does.
#[derive(Debug)]
pub enum Action {
    /// Runs a program.
    Run(Words),
    /// Runs a program and judges what it says.
    Judge(Words, fn(&str) -> Result<()>),
    /// Refuses a file that is larger than so many bytes.
    Weigh(String, u64),
    /// Writes a text file.
    Write(String, String),
    /// Copies a file, or a folder with all that is in it, from the first path to the second.
    Copy(String, String),
    /// Deletes folders, so that nothing of an earlier run is left in them.
    Clear(Vec<String>),
}

/// A program with its arguments and what its environment has besides.
#[derive(Debug)]
pub struct Words {
    /// Names and values.
    pub environment: Vec<(String, String)>,
    /// A name on PATH, or a path.
    pub program: String,
    /// Its arguments.
    pub arguments: Vec<String>,
}

/// Something that a step needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// A file or folder of the checkout, or one that an earlier step makes.
    File(String),
    /// A file of the checkout in which these words stand, however they are spaced.
    Says(String, String),
    /// A feature that the manifest in this folder has.
    Feature(String, String),
    /// A target that the compiler knows.
    RustTarget(String),
    /// A program on PATH.
    Program(String),
    /// A file of the NDK.
    Ndk(String),
}

/// Words to run: a program and its arguments.
pub fn words(program: &str, arguments: &[&str]) -> Words {
    Words {
        environment: Vec::new(),
        program: program.to_owned(),
        arguments: arguments.iter().map(|&word| word.to_owned()).collect(),
    }
}

impl Action {
    /// As it would be typed, or said in one line.
    pub fn shown(&self) -> String {
        match self {
            Self::Run(words) | Self::Judge(words, _) => words.shown(),
            Self::Weigh(path, most) => format!("refuse {path} above {most} bytes"),
            Self::Write(path, text) => format!("write {path}, {} lines", text.lines().count()),
            Self::Copy(from, to) => format!("copy {from} to {to}"),
            Self::Clear(paths) => format!("delete {}", paths.join(" ")),
        }
    }
}

impl Words {
    fn shown(&self) -> String {
        let mut shown: Vec<String> = self
            .environment
            .iter()
            .map(|(name, value)| format!("{name}={}", quoted(value)))
            .collect();
        shown.push(self.program.clone());
        shown.extend(self.arguments.iter().map(|word| quoted(word)));
        shown.join(" ")
    }
}

fn quoted(word: &str) -> String {
    match word.contains([' ', ';', '\'']) {
        true => format!("\"{word}\""),
        false => word.to_owned(),
    }
}

/// The last of `steps` that makes this path, a folder it lies in, or something in it; counted from 1.
pub fn maker(steps: &[Step], path: &str) -> Option<usize> {
    let path = Path::new(path);
    let makes = |step: &Step| {
        step.outputs.iter().any(|output| {
            let output = Path::new(output);
            path.starts_with(output) || output.starts_with(path)
        })
    };
    steps.iter().rposition(makes).map(|index| index + 1)
}

/// The build of the library for a target, without what only tests may have; more arguments are the caller's.
pub fn library(title: &str, subcommand: &str, target: &str, features: &[&str]) -> Step {
    let mut run = words(
        "cargo",
        &[
            subcommand,
            "--release",
            "--locked",
            "-p",
            "tacita-bindings",
            "--lib",
            "--target-dir",
            TARGET_DIR,
            "--target",
            target,
        ],
    );
    let mut inputs = vec![
        Input::Program("cargo".to_owned()),
        Input::RustTarget(target.to_owned()),
        Input::File("Cargo.lock".to_owned()),
        says("bindings/Cargo.toml", "name = \"tacita-bindings\""),
        says("bindings/Cargo.toml", "[lib] name = \"tacita\""),
        // Without it a store does not open.
        says(".cargo/config.toml", "LIBSQLITE3_FLAGS ="),
    ];
    if !features.is_empty() {
        run.arguments
            .extend(["--features".to_owned(), features.join(",")]);
    }
    inputs.extend(features.iter().map(|feature| named_feature(feature)));
    Step {
        title: title.to_owned(),
        action: Action::Run(run),
        inputs,
        outputs: Vec::new(),
    }
}

/// The generator, and a library of this machine that it reads. Not those of `cargo xtask bindings`: these have functions
/// for tests, and a kit that asks a released library for them does not load.
pub fn generator(library: &str) -> Step {
    let arguments = [
        "build",
        "--locked",
        "-p",
        "tacita-bindings",
        "--features",
        "cli",
        "--target-dir",
        TARGET_DIR,
    ];
    Step {
        title: "building the generator of the bindings".to_owned(),
        action: Action::Run(words("cargo", &arguments)),
        inputs: vec![
            Input::Program("cargo".to_owned()),
            named_feature("cli"),
            says("bindings/Cargo.toml", "[[bin]] name = \"uniffi-bindgen\""),
        ],
        outputs: vec![GENERATOR.to_owned(), library.to_owned()],
    }
}

/// The words of both apps, of which `made` is needed.
pub fn app_words(made: &str) -> Step {
    let arguments = ["run", "--quiet", "--locked", "-p", "xtask", "--", "words"];
    Step {
        title: "making the words of the app".to_owned(),
        action: Action::Run(words("cargo", &arguments)),
        inputs: vec![
            Input::Program("cargo".to_owned()),
            file("bindings/words/en-GB.ftl"),
        ],
        outputs: vec![made.to_owned()],
    }
}

/// The bindings of one language, into a folder where these files then are.
pub fn bindings(library: &str, language: &str, folder: &str, files: &[&str]) -> Step {
    let arguments = ["generate", library, "--language", language, "--no-format"];
    let mut run = words(GENERATOR, &arguments);
    run.arguments
        .extend(["--out-dir".to_owned(), folder.to_owned()]);
    Step {
        title: format!("generating {language} bindings without what tests have"),
        action: Action::Run(run),
        inputs: vec![
            file(GENERATOR),
            file(library),
            says("bindings/uniffi.toml", &format!("[bindings.{language}]")),
        ],
        outputs: files
            .iter()
            .map(|name| format!("{folder}/{name}"))
            .collect(),
    }
}

/// The compiler's targets, of which a toolchain has only the host's to begin with.
pub fn rust_targets(targets: &[&str]) -> Step {
    let mut run = words("rustup", &["target", "add"]);
    run.arguments
        .extend(targets.iter().map(|&target| target.to_owned()));
    let known = targets
        .iter()
        .map(|&target| Input::RustTarget(target.to_owned()));
    Step {
        title: format!("adding {} targets to Rust", targets.len()),
        action: Action::Run(run),
        inputs: [Input::Program("rustup".to_owned())]
            .into_iter()
            .chain(known)
            .collect(),
        outputs: Vec::new(),
    }
}

/// The deletion of folders.
pub fn clear(title: &str, folders: &[&str]) -> Step {
    Step {
        title: title.to_owned(),
        action: Action::Clear(folders.iter().map(|&folder| folder.to_owned()).collect()),
        inputs: Vec::new(),
        outputs: Vec::new(),
    }
}

/// A file of the checkout, or one that a step makes.
pub fn file(path: &str) -> Input {
    Input::File(path.to_owned())
}

/// Words in a file of the checkout.
pub fn says(path: &str, words: &str) -> Input {
    Input::Says(path.to_owned(), words.to_owned())
}

/// A feature as cargo's command line names it for the package of the bindings.
fn named_feature(name: &str) -> Input {
    let (folder, feature) = match name.split_once('/') {
        Some((package, feature)) => (package.trim_start_matches("tacita-"), feature),
        None => ("bindings", name),
    };
    Input::Feature(folder.to_owned(), feature.to_owned())
}

/// Where cargo builds for packages: apart, as the features are others than those of tests and agents.
pub const TARGET_DIR: &str = "target/package";
const GENERATOR: &str = "target/package/debug/uniffi-bindgen";
