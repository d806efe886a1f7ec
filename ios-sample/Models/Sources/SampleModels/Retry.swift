// A failed record's way back into the queue.
import FoodLens

extension Session {
    /// Lets the parked operation of a record go again, and sends it. One that is parked no more needs nothing.
    func retryAndSync(_ id: OperationId?) async throws {
        guard let id else { return }
        let parked = queue.pages(.failed)
        var key: Int64?
        repeat {
            let page = try await parked.load(key, size: 500)
            if let found = page.items.first(where: { $0.id == id }) {
                try await queue.retry(found)
                break
            }
            key = page.next
        } while key != nil
        _ = try await sync()
    }
}
