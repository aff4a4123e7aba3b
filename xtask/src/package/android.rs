//! The plan for the AAR: the library for four kinds of processor, its bindings and the kit.

use anyhow::Result;

use super::aar;
use super::elf;
use super::plan::{self, Action, Input, Plan, Step, TARGET_DIR, file, says, words};

/// What the plan depends on.
#[derive(Debug)]
pub struct Environment {
    /// Where the NDK is, or words that stand for it.
    pub ndk: String,
    /// This machine's system, as Rust calls it.
    pub os: &'static str,
    /// The text of `android/pom.xml`, which has the version of everything.
    pub pom: String,
}

/// Every step up to `tacita.aar` and its pom.
pub fn plan(environment: &Environment) -> Result<Plan> {
    let tools = Tools {
        ndk: environment.ndk.clone(),
        programs: format!(
            "{}/toolchains/llvm/prebuilt/{}/bin",
            environment.ndk,
            match environment.os {
                "macos" => "darwin-x86_64",
                _ => "linux-x86_64",
            }
        ),
    };
    let targets: Vec<&str> = ABIS.iter().map(|abi| abi.rust).collect();
    let mut steps = vec![
        plan::clear("forgetting the last AAR", &["target/android"]),
        plan::rust_targets(&targets),
    ];
    for abi in &ABIS {
        steps.extend(library(&tools, abi));
    }
    steps.extend(aar::classes(environment.os));
    steps.extend(aar::archive(&environment.pom)?);
    // The AAR has no part in them: the app does that is built by Gradle after this.
    steps.push(plan::app_words(crate::words::KOTLIN));
    Ok(Plan {
        name: "android",
        needs: "an Android NDK (r27 or newer; install it with Android Studio's SDK manager, and set ANDROID_NDK_HOME to its folder)",
        steps,
        results: vec![
            aar::AAR.to_owned(),
            aar::POM.to_owned(),
            "target/android/symbols".to_owned(),
        ],
    })
}

/// One kind of processor.
#[derive(Debug)]
pub struct Abi {
    /// Android's name for it.
    pub android: &'static str,
    /// Rust's.
    pub rust: &'static str,
    /// That of the NDK's clang, to which it adds Android's version.
    pub clang: &'static str,
}

/// Those that Android has.
pub const ABIS: [Abi; 4] = [
    Abi {
        android: "arm64-v8a",
        rust: "aarch64-linux-android",
        clang: "aarch64-linux-android",
    },
    Abi {
        android: "armeabi-v7a",
        rust: "armv7-linux-androideabi",
        clang: "armv7a-linux-androideabi",
    },
    Abi {
        android: "x86_64",
        rust: "x86_64-linux-android",
        clang: "x86_64-linux-android",
    },
    Abi {
        android: "x86",
        rust: "i686-linux-android",
        clang: "i686-linux-android",
    },
];

/// Where the NDK keeps its programs.
#[derive(Debug)]
struct Tools {
    ndk: String,
    programs: String,
}

impl Tools {
    fn path(&self, name: &str) -> String {
        format!("{}/{name}", self.programs)
    }

    /// What cargo, and the build scripts with C code in them, are told.
    fn environment(&self, abi: &Abi) -> Vec<(String, String)> {
        let clang = self.path(&clang(abi));
        let rust = abi.rust.replace('-', "_");
        [
            (
                format!("CARGO_TARGET_{}_LINKER", rust.to_uppercase()),
                clang.clone(),
            ),
            (format!("CC_{rust}"), clang),
            (format!("AR_{rust}"), self.path("llvm-ar")),
            (format!("RANLIB_{rust}"), self.path("llvm-ranlib")),
            // AWS-LC's build asks for the one, the crate cc for the other.
            ("ANDROID_NDK_HOME".to_owned(), self.ndk.clone()),
            ("ANDROID_NDK_ROOT".to_owned(), self.ndk.clone()),
            // This name wins over every other place that has flags. The id lets symbols be found for a library.
            ("CARGO_ENCODED_RUSTFLAGS".to_owned(), LINKING.to_owned()),
            // Lines go into the symbols, which are then put apart.
            ("CARGO_PROFILE_RELEASE_STRIP".to_owned(), "none".to_owned()),
            (
                "CARGO_PROFILE_RELEASE_DEBUG".to_owned(),
                "line-tables-only".to_owned(),
            ),
        ]
        .into()
    }
}

fn clang(abi: &Abi) -> String {
    format!("{}{API_LEVEL}-clang", abi.clang)
}

/// Builds the library, puts its symbols apart and checks it.
fn library(tools: &Tools, abi: &Abi) -> Vec<Step> {
    let name = abi.android;
    let built = format!("{TARGET_DIR}/{}/release/libtacita.so", abi.rust);
    let symbols = format!("target/android/symbols/{name}/libtacita.so");
    let stripped = format!("{LIBRARIES}/{name}/libtacita.so");
    let objcopy = tools.path("llvm-objcopy");
    let readelf = tools.path("llvm-readelf");

    let title = format!("building the library for {name}");
    let mut build = plan::library(&title, "build", abi.rust, &["tacita-core/vendored-openssl"]);
    if let Action::Run(run) = &mut build.action {
        run.environment = tools.environment(abi);
    }
    for tool in [clang(abi), "llvm-ar".to_owned(), "llvm-ranlib".to_owned()] {
        build.inputs.push(Input::Ndk(tools.path(&tool)));
    }
    build.inputs.extend([
        says("bindings/Cargo.toml", "\"cdylib\""),
        says(
            "android/app/build.gradle.kts",
            &format!("minSdk = {API_LEVEL}"),
        ),
        // OpenSSL's own build.
        Input::Program("perl".to_owned()),
        Input::Program("make".to_owned()),
    ]);
    build.outputs.push(built.clone());

    let mut questions = words(&readelf, &elf::QUESTIONS);
    questions.arguments.push(stripped.clone());
    let copy = |kind, to: &str| Action::Run(words(&objcopy, &[kind, &built, to]));
    vec![
        build,
        Step {
            title: format!("putting the symbols of {name} apart"),
            action: copy("--only-keep-debug", &symbols),
            inputs: vec![Input::Ndk(objcopy.clone()), file(&built)],
            outputs: vec![symbols.clone()],
        },
        Step {
            title: format!("stripping the library for {name}"),
            action: copy("--strip-unneeded", &stripped),
            inputs: vec![
                Input::Ndk(objcopy.clone()),
                file(&built),
                says(
                    "android/app/build.gradle.kts",
                    &format!("\"../../{LIBRARIES}\""),
                ),
            ],
            outputs: vec![stripped.clone()],
        },
        Step {
            title: format!("judging the library for {name}"),
            action: Action::Judge(questions, elf::judge),
            inputs: vec![Input::Ndk(readelf), file(&stripped)],
            outputs: Vec::new(),
        },
        Step {
            title: format!("weighing the library for {name}"),
            action: Action::Weigh(stripped.clone(), MOST_BYTES),
            inputs: vec![file(&stripped)],
            outputs: Vec::new(),
        },
    ]
}

/// The oldest Android on which the app runs; `minSdk` in the app's Gradle file.
pub const API_LEVEL: u32 = 28;
const LINKING: &str = "-Clink-arg=-Wl,-z,max-page-size=16384,--build-id=sha1";
/// What a stripped library may weigh. One for x86-64 has 15.6 MB (`cargo xtask jvm`), most of it AWS-LC, libcrypto and
/// SQLite: there is room for small growth, but not for symbols that stayed inside or a dependency that came in twice.
pub const MOST_BYTES: u64 = 16 * 1024 * 1024;
/// Where the app's Gradle file looks for libraries, one folder for each ABI.
pub const LIBRARIES: &str = "target/android/jniLibs";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_one_processor_fit_together() {
        for (abi, start) in ABIS.iter().zip(["aarch64-", "armv7", "x86_64-", "i686-"]) {
            assert!(abi.rust.starts_with(start), "{abi:?}");
            assert!(abi.clang.starts_with(start), "{abi:?}");
            let system = |name: &str| name.split_once('-').unwrap().1.to_owned();
            assert_eq!(system(abi.rust), system(abi.clang));
        }
        assert_eq!(clang(&ABIS[1]), "armv7a-linux-androideabi28-clang");
        let tools = Tools {
            ndk: "/ndk".to_owned(),
            programs: "/ndk/bin".to_owned(),
        };
        let told = tools.environment(&ABIS[1]);
        for (name, value) in [
            (
                "CARGO_TARGET_ARMV7_LINUX_ANDROIDEABI_LINKER",
                "/ndk/bin/armv7a-linux-androideabi28-clang",
            ),
            (
                "CC_armv7_linux_androideabi",
                "/ndk/bin/armv7a-linux-androideabi28-clang",
            ),
            ("AR_armv7_linux_androideabi", "/ndk/bin/llvm-ar"),
        ] {
            assert!(
                told.contains(&(name.to_owned(), value.to_owned())),
                "{name}"
            );
        }
    }
}
