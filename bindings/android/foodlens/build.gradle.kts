// What is shipped: the adapters from here, the facade, and the generated code with its library, which
// bindings/scripts/android-aar builds before and names.
plugins {
    alias(libs.plugins.android.library)
    alias(libs.plugins.dokka)
    alias(libs.plugins.publish)
}

val generated = providers.gradleProperty("foodlens.generated")
val jni = providers.gradleProperty("foodlens.jni")
val home = providers.gradleProperty("foodlens.home") // of the project; Maven Central asks for it
val flavour = providers.gradleProperty("foodlens.flavour").getOrElse("plain")

android {
    namespace = "dev.foodlens.android"
    compileSdk = 36

    defaultConfig {
        minSdk = 26
        consumerProguardFiles("consumer-rules.pro")
    }

    sourceSets.named("main") {
        kotlin.directories.add("../../kotlin/facade/src/main/kotlin")
        generated.orNull?.let { kotlin.directories.add(it) }
        jni.orNull?.let { jniLibs.directories.add(it) }
    }

    // Stripped already, with the symbols kept beside.
    packaging.jniLibs.keepDebugSymbols += "**/*.so"

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    api(libs.coroutines.core)
    api(libs.jna) { artifact { type = "aar" } }
    api(libs.work.runtime)
}

mavenPublishing {
    publishToMavenCentral()
    if (providers.gradleProperty("signingInMemoryKey").isPresent) signAllPublications()
    val artifact = if (flavour == "encrypted") "foodlens-android-encrypted" else "foodlens-android"
    coordinates("dev.foodlens", artifact, providers.gradleProperty("foodlens.version").getOrElse("0.0.0"))
    pom {
        name = "FoodLens for Android"
        description = "Allergies, profile, settings and food history that are there with or without a network."
        url = home
        licenses {
            license {
                name = "Apache-2.0"
                url = "https://www.apache.org/licenses/LICENSE-2.0"
            }
        }
        developers {
            developer { name = "FoodLens Core" }
        }
        scm { url = home }
    }
}
