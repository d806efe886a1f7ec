import Foundation

extension FoodLens {
    /// The folder `FoodLens` in Application Support, of the app alone; made when it is not there. Its files are readable from the
    /// first unlock after a restart on, so that work in the background can be done while the device is locked.
    ///
    /// Not in the container of an app group: the system kills an app that is suspended while it holds a lock on a file there.
    ///
    /// - Parameter excludedFromBackup: a copy of the queue on a second device would be one queue on two devices.
    /// - Throws: ``FoodLensError/storageUnavailable(reason:)`` when the folder cannot be made or marked, before the first
    ///   unlock, say: try again later. No other place is taken instead.
    public static func applicationSupport(excludedFromBackup: Bool = true) throws -> URL {
        try folder(excludedFromBackup) {
            try $0.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
        }
    }

    static func folder(_ excludedFromBackup: Bool, in parent: (FileManager) throws -> URL) throws -> URL {
        do {
            var folder = try parent(.default).appendingPathComponent("FoodLens", isDirectory: true)
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true, attributes: protection)
            try folder.markForBackup(excludedFromBackup)
            return folder
        } catch {
            throw FoodLensError.storageUnavailable(reason: "the app's folder (code \((error as NSError).code))")
        }
    }

    /// On the folder, so that the files beside the database have it, too.
    private static var protection: [FileAttributeKey: Any]? {
        #if os(iOS) || os(tvOS) || os(watchOS) || os(visionOS)
        [.protectionKey: FileProtectionType.completeUntilFirstUserAuthentication]
        #else
        nil
        #endif
    }
}

extension URL {
    fileprivate mutating func markForBackup(_ excluded: Bool) throws {
        #if canImport(Darwin)
        var values = URLResourceValues()
        values.isExcludedFromBackup = excluded
        try setResourceValues(values)
        #endif
    }
}
