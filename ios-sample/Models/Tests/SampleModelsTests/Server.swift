import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

/// The real reference server as a child process. It keeps its port over a stop, so that a phone writes while nothing answers.
final class Server: @unchecked Sendable {
    struct Failed: Error {
        let what: String
    }

    private let database: String
    private let options: [String]
    private let lock = NSLock()
    private var process: Process?
    private var port = 0
    private var tokens: [String: String] = [:]

    init(in folder: URL, _ options: [String]) throws {
        database = folder.appendingPathComponent("server.db").path
        self.options = options
        try start()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func start() throws {
        let (started, pipe) = try run(["--bind", "127.0.0.1:\(port)", "--test-faults"] + options)
        process = started
        var seen = ""
        while true {
            let chunk = pipe.fileHandleForReading.availableData
            if chunk.isEmpty { throw Failed(what: "the server ended at once: \(seen)") }
            seen += String(decoding: chunk, as: UTF8.self)
            for line in seen.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.components(separatedBy: "listening on http://127.0.0.1:")
                guard words.count == 2, let number = Int(words[1].trimmingCharacters(in: .whitespaces)) else { continue }
                port = number
                // Keep reading, or its log would fill the pipe.
                pipe.fileHandleForReading.readabilityHandler = { handle in
                    if handle.availableData.isEmpty { handle.readabilityHandler = nil }
                }
                return
            }
        }
    }

    func stop() {
        guard let process else { return }
        kill(process.processIdentifier, SIGKILL)
        process.waitUntilExit()
        self.process = nil
    }

    /// A token for this user, signed by this server's secret.
    func token(_ user: String) throws -> String {
        try lock.withLock {
            if let known = tokens[user] { return known }
            let (printing, pipe) = try run(["--print-token", user])
            let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            printing.waitUntilExit()
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard printing.terminationStatus == 0, !token.isEmpty else { throw Failed(what: "no token") }
            tokens[user] = token
            return token
        }
    }

    /// What goes wrong with a request to come, see "Faults" in the README of tests/server.
    func fault(_ json: String) async throws {
        var request = URLRequest(url: URL(string: url + "/test/faults")!)
        request.httpMethod = "POST"
        request.httpBody = Data(json.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (_, response) = try await URLSession.shared.data(for: request)
        guard (response as? HTTPURLResponse)?.statusCode == 204 else { throw Failed(what: "\(response)") }
    }

    /// Refuses the next batches as a whole.
    func refuse(_ times: Int = 1) async throws {
        try await fault(#"{"endpoint":"batch","times":\#(times),"fault":"status","status":422}"#)
    }

    private func run(_ more: [String]) throws -> (Process, Pipe) {
        guard let program = ProcessInfo.processInfo.environment["FOODLENS_SERVER"] else {
            throw Failed(what: "run ios-sample/scripts/check")
        }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = ["--database", database, "--secret", "test-secret"] + more
        process.standardOutput = pipe
        try process.run()
        return (process, pipe)
    }

    deinit { stop() }
}
