import Foundation

/// What ``FoodLens/recover(userID:)`` found and did.
public struct Recovery: Sendable {
    /// The user's session, on the fresh file or on the one that was sound.
    public let session: Session
    /// Where the damaged file is now, as it was, with what lay beside it. The library never deletes it: keep it for support,
    /// or delete it when its loss is accepted. Personal data; ``FoodLens/wipe(userID:)`` deletes it. Nil: the file was sound
    /// and nothing was done, or (not `complete`) none was left.
    public let setAside: URL?
    /// Unsent operations that are in the queue again, under their keys and in their order.
    public let salvaged: Int
    /// Unsent operations that were found and cannot be read: those of them that still have their ids are held in the queue
    /// (`FailureReason.unreadable`), the others are only in the file that was set aside.
    public let unreadable: Int
    /// The queue of the damaged file was read from end to end. False: there may have been more.
    public let complete: Bool
}
