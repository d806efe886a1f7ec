package dev.foodlens.android

import android.content.Context
import dev.foodlens.FoodLens
import dev.foodlens.FoodLensException
import dev.foodlens.KeyProvider
import dev.foodlens.MergeHook
import dev.foodlens.Telemetry
import dev.foodlens.TokenProvider
import dev.foodlens.ffi.HttpOptions
import java.nio.file.Path

/** The library, set up for an Android app. */
public object FoodLensAndroid {
    /**
     * As [FoodLens.open], with all files where no backup and no move to another device carries them along: a copy of the queue
     * on a second phone would be one queue on two phones. Call it once, in the `Application`; it opens no file.
     *
     * @param appVersion the app's own version name, sent with every request.
     * @param keys for a library with encryption: [KeystoreKeys], for instance. Null: files are plain.
     * @param http limits of the built-in network stack; for a development build, clear text to a server behind `adb reverse`.
     * @throws FoodLensException.Config for a base URL that cannot be used.
     */
    public fun open(
        context: Context,
        baseUrl: String,
        tokens: TokenProvider,
        mergeHook: MergeHook? = null,
        telemetry: Telemetry? = null,
        appVersion: String? = null,
        keys: KeyProvider? = null,
        http: HttpOptions = HttpOptions(),
    ): FoodLens =
        FoodLens.open(
            dataDir = folder(context),
            baseUrl = baseUrl,
            tokens = tokens,
            mergeHook = mergeHook,
            http = http,
            telemetry = telemetry,
            appVersion = appVersion,
            keys = keys,
        )

    internal fun folder(context: Context): Path = context.noBackupFilesDir.toPath().resolve("foodlens")
}
