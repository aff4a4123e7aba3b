//! The steps from checked libraries to the AAR: the classes, and all of it in one archive.

use anyhow::{Context as _, Result};

use super::android::{ABIS, API_LEVEL, LIBRARIES};
use super::plan::{self, Action, Input, Step, TARGET_DIR, file, says, words};

/// Generates the bindings as released, and lets Maven compile them and the kit.
pub fn classes(os: &str) -> Vec<Step> {
    let suffix = if os == "macos" { "dylib" } else { "so" };
    let host = format!("{TARGET_DIR}/debug/libtacita.{suffix}");
    let maven = [
        "--batch-mode",
        "--no-transfer-progress",
        "--file",
        "android/pom.xml",
        "package",
        "-Dmaven.test.skip=true",
        "--also-make",
        "--projects",
        ":tacita-kit",
    ];
    let [bindings, kit] = CLASSES;
    vec![
        plan::generator(&host),
        plan::bindings(
            &host,
            "kotlin",
            GENERATED,
            &["org/tacita/bindings/tacita.kt"],
        ),
        // Maven leaves classes there whose source is gone, as that of the tests' functions is now.
        plan::clear("forgetting the classes of tests", &CLASSES),
        Step {
            title: "building the kit".to_owned(),
            action: Action::Run(words("mvn", &maven)),
            inputs: vec![
                Input::Program("mvn".to_owned()),
                says("android/pom.xml", "<module>bindings</module>"),
                says("android/pom.xml", "<module>kit</module>"),
                says(
                    "android/bindings/pom.xml",
                    "<sourceDir>target/generated-sources/uniffi</sourceDir>",
                ),
                says("android/kit/pom.xml", "<artifactId>tacita-kit</artifactId>"),
                file("android/kit/src/main/kotlin/org/tacita/kit/Tacita.kt"),
                file(GENERATED),
            ],
            outputs: vec![bindings.to_owned(), kit.to_owned()],
        },
        Step {
            title: "putting all classes into one file".to_owned(),
            action: Action::Run(words(
                "jar",
                &[
                    "--create",
                    "--no-manifest",
                    "--file",
                    ONE_JAR,
                    "-C",
                    bindings,
                    ".",
                    "-C",
                    kit,
                    ".",
                ],
            )),
            inputs: vec![Input::Program("jar".to_owned()), file(bindings), file(kit)],
            outputs: vec![ONE_JAR.to_owned()],
        },
    ]
}

/// Lays out what an AAR has, and packs it; the pom lies beside it.
pub fn archive(pom: &str) -> Result<Vec<Step>> {
    let copy = |title: &str, from: &str, name: &str, inputs: Vec<Input>| Step {
        title: title.to_owned(),
        action: Action::Copy(from.to_owned(), format!("{LAID_OUT}/{name}")),
        inputs,
        outputs: vec![format!("{LAID_OUT}/{name}")],
    };
    let libraries = ABIS
        .iter()
        .map(|abi| file(&format!("{LIBRARIES}/{}/libtacita.so", abi.android)));
    // One app has one version of each, whichever way it takes the kit in.
    let mut inputs = Vec::new();
    for (name, before, after) in [
        ("kotlin.version", "kotlin(\"android\") version \"", "\""),
        ("coroutines.version", "kotlinx-coroutines-android:", "\""),
        ("jna.version", "net.java.dev.jna:jna:", "@aar\""),
    ] {
        let words = format!("{before}{}{after}", element(pom, name)?);
        inputs.push(says("android/app/build.gradle.kts", &words));
    }
    let laid_out = ["AndroidManifest.xml", "proguard.txt", "jni", "classes.jar"];
    let laid_out = laid_out.map(|name| file(&format!("{LAID_OUT}/{name}")));
    Ok(vec![
        copy(
            "laying out the manifest",
            MANIFEST,
            "AndroidManifest.xml",
            vec![
                file(MANIFEST),
                says(MANIFEST, &format!("android:minSdkVersion=\"{API_LEVEL}\"")),
            ],
        ),
        copy(
            "laying out the rules for apps that are shrunk",
            RULES,
            "proguard.txt",
            vec![
                file(RULES),
                says(RULES, "-keep class com.sun.jna.** { *; }"),
                says(RULES, "-keep class org.tacita.bindings.** { *; }"),
            ],
        ),
        copy(
            "laying out the libraries",
            LIBRARIES,
            "jni",
            libraries.collect(),
        ),
        Step {
            title: "packing the AAR".to_owned(),
            action: Action::Run(words(
                "jar",
                &[
                    "--create",
                    "--no-manifest",
                    "--file",
                    AAR,
                    "-C",
                    LAID_OUT,
                    ".",
                ],
            )),
            inputs: [Input::Program("jar".to_owned())]
                .into_iter()
                .chain(laid_out)
                .collect(),
            outputs: vec![AAR.to_owned()],
        },
        Step {
            title: "writing the pom".to_owned(),
            action: Action::Write(POM.to_owned(), filled_in(pom)?),
            inputs,
            outputs: vec![POM.to_owned()],
        },
    ])
}

/// The AAR's pom, with the versions of the Maven build.
fn filled_in(pom: &str) -> Result<String> {
    let mut text = TEMPLATE.to_owned();
    for name in [
        "version",
        "kotlin.version",
        "coroutines.version",
        "jna.version",
    ] {
        text = text.replace(&format!("{{{name}}}"), element(pom, name)?);
    }
    Ok(text)
}

/// What stands in the first element of this name.
fn element<'a>(pom: &'a str, name: &str) -> Result<&'a str> {
    pom.split_once(&format!("<{name}>"))
        .and_then(|(_, rest)| rest.split_once(&format!("</{name}>")))
        .map(|(text, _)| text)
        .with_context(|| format!("android/pom.xml has no <{name}>; the AAR's pom needs it"))
}

const LAID_OUT: &str = "target/android/aar";
const ONE_JAR: &str = "target/android/aar/classes.jar";
/// The archive.
pub const AAR: &str = "target/android/tacita.aar";
/// What it depends on.
pub const POM: &str = "target/android/tacita.pom";
const GENERATED: &str = "android/bindings/target/generated-sources/uniffi";
const CLASSES: [&str; 2] = [
    "android/bindings/target/classes",
    "android/kit/target/classes",
];
const MANIFEST: &str = "android/kit/src/main/aar/AndroidManifest.xml";
const RULES: &str = "android/app/consumer-rules.pro";
const TEMPLATE: &str = include_str!("aar.pom");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pom_names_every_version() {
        let pom = "<version>0.3.0</version><kotlin.version>2.2</kotlin.version>\
            <coroutines.version>1.10</coroutines.version><jna.version>5.19</jna.version>";
        let text = filled_in(pom).unwrap();
        for version in ["0.3.0", "2.2", "1.10", "5.19"] {
            assert!(text.contains(&format!("<version>{version}</version>")));
        }
        assert!(!text.contains(['{', '}']), "{text}");
        assert!(filled_in("<version>0.3.0</version>").is_err());
    }
}
