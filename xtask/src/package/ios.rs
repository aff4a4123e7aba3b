//! The plan for the XCFramework and the Swift package around it.

use super::plan::{self, Action, Input, Plan, Step, TARGET_DIR, file, says, words};

/// Every step up to the Swift package. It needs a Mac, so nothing in it depends on the machine.
pub fn plan() -> Plan {
    let [phone, arm, intel] = TARGETS;
    let mut steps = vec![
        plan::clear("forgetting the last package", &["target/ios"]),
        Step {
            title: "looking for Apple's SDK".to_owned(),
            action: Action::Run(words("xcrun", &["--sdk", "iphoneos", "--show-sdk-path"])),
            inputs: vec![Input::Program("xcrun".to_owned())],
            outputs: Vec::new(),
        },
        plan::rust_targets(&TARGETS),
    ];
    steps.extend(TARGETS.map(library));
    let both = [built(arm), built(intel)];
    let [first, second] = &both;
    steps.push(Step {
        title: "joining the libraries for simulators".to_owned(),
        action: Action::Run(words(
            "xcrun",
            &["lipo", "-create", first, second, "-output", SIMULATOR],
        )),
        inputs: vec![
            Input::Program("xcrun".to_owned()),
            file(first),
            file(second),
        ],
        outputs: vec![SIMULATOR.to_owned()],
    });
    steps.extend(headers());
    steps.push(framework(&built(phone)));
    steps.extend(package());
    Plan {
        name: "ios",
        needs: "a Mac with Xcode (install it from Apple, start it once, and let `xcode-select` point to it)",
        steps,
        results: vec![PACKAGE.to_owned()],
    }
}

fn built(target: &str) -> String {
    format!("{TARGET_DIR}/{target}/release/libtacita.a")
}

/// The static library alone: the shared one that the package has too would have to be linked for nothing.
fn library(target: &str) -> Step {
    let title = format!("building the library for {target}");
    let mut step = plan::library(&title, "rustc", target, &[]);
    if let Action::Run(run) = &mut step.action {
        run.arguments
            .extend(["--crate-type".to_owned(), "staticlib".to_owned()]);
        run.environment
            .push(("IPHONEOS_DEPLOYMENT_TARGET".to_owned(), OLDEST.to_owned()));
    }
    step.inputs.extend([
        says("bindings/Cargo.toml", "\"staticlib\""),
        Input::Program("xcrun".to_owned()),
    ]);
    step.outputs.push(built(target));
    step
}

/// The bindings as released. Header and module map lie in a folder of their own name, so that an app can have other
/// frameworks with a module map besides.
fn headers() -> Vec<Step> {
    let host = format!("{TARGET_DIR}/debug/libtacita.dylib");
    let files = ["TacitaFFI.h", "TacitaFFI.modulemap", "tacita.swift"];
    let mut steps = vec![
        plan::generator(&host),
        plan::bindings(&host, "swift", GENERATED, &files),
    ];
    if let Some(generating) = steps.last_mut() {
        generating.inputs.push(says(
            "bindings/uniffi.toml",
            "ffi_module_name = \"TacitaFFI\"",
        ));
    }
    steps.extend([
        copy(
            "laying out the header",
            &format!("{GENERATED}/TacitaFFI.h"),
            &format!("{HEADERS}/TacitaFFI/TacitaFFI.h"),
        ),
        // The generated one: the other, in ios/Sources, would have the library looked for by name.
        copy(
            "laying out the module map",
            &format!("{GENERATED}/TacitaFFI.modulemap"),
            &format!("{HEADERS}/TacitaFFI/module.modulemap"),
        ),
    ]);
    steps
}

fn framework(phone: &str) -> Step {
    let arguments = [
        "-create-xcframework",
        "-library",
        phone,
        "-headers",
        HEADERS,
        "-library",
        SIMULATOR,
        "-headers",
        HEADERS,
        "-output",
        FRAMEWORK,
    ];
    Step {
        title: "making the XCFramework".to_owned(),
        action: Action::Run(words("xcodebuild", &arguments)),
        inputs: vec![
            Input::Program("xcodebuild".to_owned()),
            file(phone),
            file(SIMULATOR),
            file(&format!("{HEADERS}/TacitaFFI/TacitaFFI.h")),
            file(&format!("{HEADERS}/TacitaFFI/module.modulemap")),
        ],
        outputs: vec![FRAMEWORK.to_owned()],
    }
}

/// The sources beside the framework, and a manifest that has it in place of the system library.
fn package() -> Vec<Step> {
    let manifest = format!("{PACKAGE}/Package.swift");
    let major = OLDEST.split('.').next().unwrap_or(OLDEST);
    let mut steps = vec![
        copy(
            "laying out the bindings",
            &format!("{GENERATED}/tacita.swift"),
            &format!("{PACKAGE}/Sources/TacitaBindings/tacita.swift"),
        ),
        plan::app_words(crate::words::SWIFT),
    ];
    steps.extend(
        ["TacitaKit", "TacitaWords", "TacitaUI", "TacitaPlatform"].map(|target| {
            copy(
                &format!("laying out {target}"),
                &format!("ios/Sources/{target}"),
                &format!("{PACKAGE}/Sources/{target}"),
            )
        }),
    );
    steps.extend([
        Step {
            title: "writing the package's manifest".to_owned(),
            action: Action::Write(manifest.clone(), MANIFEST.to_owned()),
            inputs: [
                ".systemLibrary(name: \"TacitaFFI\")",
                ".target(name: \"TacitaBindings\", dependencies: [\"TacitaFFI\"]",
                ".target(name: \"TacitaKit\", dependencies: [\"TacitaBindings\"]",
                &format!(".iOS(.v{major})"),
            ]
            .map(|words| says("ios/Package.swift", words))
            .into_iter()
            .chain([file(FRAMEWORK)])
            .collect(),
            outputs: vec![manifest.clone()],
        },
        Step {
            title: "reading the package".to_owned(),
            action: Action::Run(words(
                "xcrun",
                &["swift", "package", "--package-path", PACKAGE, "describe"],
            )),
            inputs: vec![
                Input::Program("xcrun".to_owned()),
                file(&manifest),
                file(PACKAGE),
            ],
            outputs: Vec::new(),
        },
    ]);
    steps
}

fn copy(title: &str, from: &str, to: &str) -> Step {
    Step {
        title: title.to_owned(),
        action: Action::Copy(from.to_owned(), to.to_owned()),
        inputs: vec![file(from)],
        outputs: vec![to.to_owned()],
    }
}

/// A phone, and both kinds of Mac that simulate one.
const TARGETS: [&str; 3] = [
    "aarch64-apple-ios",
    "aarch64-apple-ios-sim",
    "x86_64-apple-ios",
];
/// The oldest iOS on which the kit runs, as in its manifest.
const OLDEST: &str = "17.0";
const GENERATED: &str = "target/ios/bindings";
const HEADERS: &str = "target/ios/headers";
const SIMULATOR: &str = "target/ios/simulator/libtacita.a";
const PACKAGE: &str = "target/ios/Tacita";
const FRAMEWORK: &str = "target/ios/Tacita/TacitaFFI.xcframework";
const MANIFEST: &str = include_str!("Package.swift");

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workspace::Workspace;

    /// Products, targets, what they stand on and the tools' version are those of the package that is tested.
    #[test]
    fn packed_manifest_differs_from_the_tested_one_by_its_framework_only() {
        let ws = Workspace::locate().unwrap();
        let tested = std::fs::read_to_string(ws.path("ios/Package.swift")).unwrap();
        for line in [
            "// swift-tools-version: 6.0",
            "    name: \"Tacita\",",
            "    defaultLocalization: \"en\",",
            "        .target(name: \"TacitaKit\", dependencies: [\"TacitaBindings\"]),",
            "        .target(name: \"TacitaWords\", dependencies: [\"TacitaBindings\"]),",
            "    swiftLanguageModes: [.v6]",
        ] {
            assert!(tested.lines().any(|found| found == line), "{line}");
            assert!(MANIFEST.lines().any(|found| found == line), "{line}");
        }
        let product = ".library(name: \"TacitaKit\", targets: [\"TacitaKit\"])";
        assert!(tested.contains(product) && MANIFEST.contains(product));
        for target in ["TacitaUI", "TacitaPlatform"] {
            let line = format!(
                ".target(name: \"{target}\", dependencies: [\"TacitaKit\", \"TacitaWords\"]"
            );
            // Without what stands in for Apple's frameworks where there are none.
            assert!(tested.contains(&line), "{line}");
            assert!(MANIFEST.contains(&format!("{line}),")), "{line}");
        }
        assert!(!MANIFEST.contains("systemLibrary"));
        assert!(MANIFEST.contains(".iOS(.v17)") && OLDEST.starts_with("17."));
        let name = FRAMEWORK.strip_prefix(PACKAGE).unwrap();
        assert!(MANIFEST.contains(&format!("path: \"{}\"", name.trim_start_matches('/'))));
    }
}
