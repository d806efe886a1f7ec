pluginManagement {
    repositories {
        google()
        mavenCentral()
        gradlePluginPortal()
    }
}

dependencyResolutionManagement {
    repositoriesMode = RepositoriesMode.FAIL_ON_PROJECT_REPOS
    repositories {
        mavenLocal { content { includeGroup("dev.foodlens") } } // an AAR of this checkout: publishToMavenLocal in bindings/android
        google()
        mavenCentral()
    }
}

rootProject.name = "foodlens-sample"
include(":app")
