plugins {
    alias(libs.plugins.android.application)
    alias(libs.plugins.compose.compiler)
}

android {
    namespace = "dev.foodlens.sample.android"
    compileSdk = 36

    defaultConfig {
        applicationId = "dev.foodlens.sample"
        minSdk = 26
        targetSdk = 36
        versionCode = 1
        versionName = "0.1.0"
    }

    buildTypes {
        release {
            isMinifyEnabled = true
            isShrinkResources = true
            proguardFiles(getDefaultProguardFile("proguard-android-optimize.txt"))
        }
    }

    // The screens and view models, which check/pom.xml compiles for the desktop, too.
    sourceSets.named("main") { kotlin.directories.add("src/shared/kotlin") }

    buildFeatures {
        buildConfig = true
        compose = true
    }

    androidResources { localeFilters += listOf("en", "de") }

    // Mapped from the APK as they are, at 16 KB pages.
    packaging.jniLibs.useLegacyPackaging = false

    compileOptions {
        sourceCompatibility = JavaVersion.VERSION_17
        targetCompatibility = JavaVersion.VERSION_17
    }
}

dependencies {
    implementation(libs.foodlens.android)
    implementation(platform(libs.compose.bom))
    implementation(libs.compose.material3)
    implementation(libs.activity.compose)
    implementation(libs.lifecycle.viewmodel)
}
