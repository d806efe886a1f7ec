import Foundation

/// The real reference server as a child process. It keeps its port over ``stop()`` and ``start()``, so that a phone can
/// be configured, and write, while nothing answers there.
final class TestServer {
    private let folder: URL
    private var process: Process?
    private var output: Pipe?
    private var port = 0

    struct Failed: Error {
        let what: String
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        try start()
    }

    var url: String { "http://127.0.0.1:\(port)" }

    func start() throws {
        let (started, pipe) = try run(["--bind", "127.0.0.1:\(port)"])
        process = started
        output = pipe
        var seen = ""
        while true {
            let chunk = pipe.fileHandleForReading.availableData
            if chunk.isEmpty { throw Failed(what: "the server ended at once: \(seen)") }
            seen += String(decoding: chunk, as: UTF8.self)
            for line in seen.split(separator: "\n", omittingEmptySubsequences: false).dropLast() {
                let words = line.components(separatedBy: "listening on http://127.0.0.1:")
                if words.count == 2, let number = Int(words[1].trimmingCharacters(in: .whitespaces)) {
                    port = number
                    // Keep reading, or its log would fill the pipe.
                    pipe.fileHandleForReading.readabilityHandler = { handle in
                        if handle.availableData.isEmpty { handle.readabilityHandler = nil }
                    }
                    return
                }
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
        let (printing, pipe) = try run(["--print-token", user])
        let text = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        printing.waitUntilExit()
        let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard printing.terminationStatus == 0, !token.isEmpty else { throw Failed(what: "no token") }
        return token
    }

    private func run(_ more: [String]) throws -> (Process, Pipe) {
        guard let program = ProcessInfo.processInfo.environment["FOODLENS_SERVER"] else {
            throw Failed(what: "run bindings/scripts/swift-test")
        }
        let process = Process()
        let pipe = Pipe()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments =
            ["--database", folder.appendingPathComponent("server.db").path, "--secret", "test-secret"] + more
        process.standardOutput = pipe
        try process.run()
        return (process, pipe)
    }

    deinit {
        stop()
        try? FileManager.default.removeItem(at: folder)
    }
}
