package dev.foodlens

import java.nio.file.Path

/**
 * What [FoodLens.recover] found and did.
 *
 * @property session the user's session, on the fresh file or on the one that was sound.
 * @property setAside where the damaged file is now, as it was, with what lay beside it. The library never deletes it: keep it for
 *   support, or delete it when its loss is accepted. Personal data; [FoodLens.wipe] deletes it. Null: the file was sound and
 *   nothing was done, or (not [complete]) none was left.
 * @property salvaged unsent operations that are in the queue again, under their keys and in their order.
 * @property unreadable unsent operations that were found and cannot be read: those of them that still have their ids are held in
 *   the queue (`FailureReason.UNREADABLE`), the others are only in the file that was set aside.
 * @property complete the queue of the damaged file was read from end to end. False: there may have been more.
 */
public class Recovery internal constructor(
    public val session: Session,
    public val setAside: Path?,
    public val salvaged: Long,
    public val unreadable: Long,
    public val complete: Boolean,
)
