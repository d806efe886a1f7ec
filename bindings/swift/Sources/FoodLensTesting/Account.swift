import Foundation

/// One write, as it comes.
struct Write: Equatable {
    let entity: String
    let id: String
    let kind: String
    let base: Int64?
    let fields: [String: JSON]
}

/// What one user has at the backend: the rules of the contract's "How a write is decided", in memory.
struct Account {
    private struct Key: Hashable {
        let entity: String
        let id: String
    }

    private struct Record {
        let key: Key
        var version: Int64 = 0
        var deleted = false
        var receivedAt = Date(timeIntervalSince1970: 0)
        var fields: [String: JSON] = [:]
        var changedAt: [String: Int64] = [:]

        var json: JSON {
            .object([
                "entity": .text(key.entity), "id": .text(key.id), "version": .number(version), "deleted": .bool(deleted),
                "fields": .object(deleted ? [:] : fields),
                "received_at": .number(Int64((receivedAt.timeIntervalSince1970 * 1_000).rounded())),
            ])
        }
    }

    private static let manual: Set<String> = ["allergies", "allergy_list"]
    private var records: [Key: Record] = [:]
    private var answered: [String: (write: Write, verdict: JSON)] = [:]
    private(set) var sequence: Int64 = 0

    /// The verdict on an operation, by its idempotency key; the first one again when the key is known.
    mutating func submit(_ key: String, _ write: Write, now: Date, contested: Bool) -> JSON {
        if let (first, verdict) = answered[key] {
            if first != write { return rejected(422, "key_reused", nil) }
            return verdict["verdict"] == .text("applied") ? verdict.with(["verdict": .text("duplicate")]) : verdict
        }
        let verdict = decide(write, now: now, contested: contested)
        answered[key] = (write, verdict)
        return verdict
    }

    /// The records behind a version, eldest write first.
    func since(_ version: Int64, _ entities: Set<String>?) -> [(version: Int64, record: JSON)] {
        records.values.filter { $0.version > version && entities?.contains($0.key.entity) != false }
            .sorted { $0.version < $1.version }.map { ($0.version, $0.json) }
    }

    /// A record's fields; nil when there is none, or it was deleted.
    func fields(_ entity: String, _ id: String) -> JSON? {
        guard let record = records[Key(entity: entity, id: id)], !record.deleted else { return nil }
        return .object(record.fields)
    }

    /// The ids of what is there.
    func ids(_ entity: String) -> [String] {
        records.values.filter { $0.key.entity == entity && !$0.deleted }.map(\.key.id).sorted()
    }

    /// The version of a record, a deleted one's too; nil when there never was one.
    func version(_ entity: String, _ id: String) -> Int64? { records[Key(entity: entity, id: id)]?.version }

    private mutating func decide(_ write: Write, now: Date, contested: Bool) -> JSON {
        let record = records[Key(entity: write.entity, id: write.id)]
        if Account.manual.contains(write.entity) {
            if write.kind == "delete", record?.deleted != false { return applied(record, []) }
            if contested || record?.version != write.base { return verdict("conflict", record) }
        } else {
            if write.kind == "delete", record == nil { return applied(nil, []) }
            if write.kind == "update", record == nil, write.entity == "history" { return rejected(404, "not_found", nil) }
            let wantedBack = write.kind == "create" && write.base == record?.version
            if record?.deleted == true, write.kind != "delete", !wantedBack { return rejected(410, "gone", record) }
        }
        return apply(write, to: record ?? Record(key: Key(entity: write.entity, id: write.id)), now: now)
    }

    private mutating func apply(_ write: Write, to before: Record, now: Date) -> JSON {
        var record = before
        let patch = write.kind == "delete" ? record.fields.mapValues { _ in JSON.null } : write.fields
        let changes = patch.filter { (record.fields[$0.key] ?? .null) != $0.value }
        let unseen: [JSON] = changes.keys.sorted().compactMap { field in
            guard let at = record.changedAt[field], write.base.map({ at > $0 }) ?? true else { return nil }
            return .object(["field": .text(field), "value": record.fields[field] ?? .null, "version": .number(at)])
        }
        let back = record.deleted && write.kind != "delete"
        let removed = write.kind == "delete" && !record.deleted
        if changes.isEmpty, !back, !removed, record.version != 0 { return applied(record, unseen) }
        sequence += 1
        record.version = sequence
        record.receivedAt = now
        record.deleted = write.kind == "delete"
        if back { record.changedAt = [:] }
        for (field, value) in changes {
            record.changedAt[field] = record.version
            record.fields[field] = value == .null ? nil : value
        }
        records[record.key] = record
        return applied(record, Account.manual.contains(write.entity) ? [] : unseen)
    }

    private func applied(_ record: Record?, _ overwritten: [JSON]) -> JSON {
        verdict("applied", record).with(["overwritten": .list(overwritten)])
    }

    private func rejected(_ status: Int, _ code: String, _ record: Record?) -> JSON {
        verdict("rejected", record).with(["problem": problem(status, code)])
    }

    private func verdict(_ name: String, _ record: Record?) -> JSON {
        .object([
            "verdict": .text(name), "record": record?.json ?? .null, "overwritten": .list([]), "problem": .null,
        ])
    }
}

func problem(_ status: Int, _ code: String) -> JSON {
    let title = code.replacingOccurrences(of: "_", with: " ")
    return .object(["status": .number(Int64(status)), "code": .text(code), "title": .text(title)])
}
