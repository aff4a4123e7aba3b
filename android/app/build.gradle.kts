plugins {
    id("com.android.application") version "8.13.0"
    kotlin("android") version "2.2.21"
    kotlin("plugin.compose") version "2.2.21"
}

android {
    namespace = "org.tacita.app"
    compileSdk = 35
    defaultConfig {
        applicationId = "org.tacita.app"
        minSdk = 28
        targetSdk = 35
        versionCode = 1
        versionName = "0.1.0"
    }
    buildTypes { release { isMinifyEnabled = true; proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"), "consumer-rules.pro") } }
    sourceSets["main"].apply {
        manifest.srcFile("src/androidx/AndroidManifest.xml")
        res.srcDirs("src/androidx/res")
        // One app out of what is built apart elsewhere: bindings, kit, what needs Android's classes, screens, and the few lines for androidx.
        kotlin.srcDirs(
            "../bindings/target/generated-sources/uniffi", "../kit/src/main/kotlin", "../platform/src/main/kotlin",
            "src/main/kotlin", "src/androidx/kotlin", "target/generated-sources/words",
        )
        // One folder for each ABI, with libtacita.so in it.
        jniLibs.srcDirs("../../target/android/jniLibs")
    }
    compileOptions { sourceCompatibility = JavaVersion.VERSION_17; targetCompatibility = JavaVersion.VERSION_17 }
}

dependencies {
    implementation(platform("androidx.compose:compose-bom:2025.10.00"))
    implementation("androidx.compose.material3:material3")
    implementation("androidx.compose.material:material-icons-core")
    implementation("androidx.activity:activity-compose:1.11.0")
    implementation("org.jetbrains.kotlinx:kotlinx-coroutines-android:1.10.2")
    implementation("net.java.dev.jna:jna:5.19.1@aar")
    implementation("com.google.zxing:core:3.5.3")
    implementation("com.journeyapps:zxing-android-embedded:4.3.0")
}
