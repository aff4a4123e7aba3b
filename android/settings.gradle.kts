// The real app, where the Android Gradle Plugin can be had. Not built here: README.md says which lines were not compiled.
pluginManagement { repositories { google(); mavenCentral(); gradlePluginPortal() } }
dependencyResolutionManagement { repositories { google(); mavenCentral() } }
rootProject.name = "tacita-android"
include(":app")
