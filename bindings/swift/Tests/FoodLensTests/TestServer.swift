import Foundation

#if canImport(FoundationNetworking)
import FoundationNetworking
#endif

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
        let (started, pipe) = try run(["--bind", "127.0.0.1:\(port)", "--test-faults"])
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

    /// How the server behaves from now on, see "Conduct" in the README of tests/server.
    func conduct(_ json: String) async throws { try await tell("PATCH", "/test/conduct", json) }

    /// What goes wrong with a request to come, see "Faults" there.
    func fault(_ json: String) async throws { try await tell("POST", "/test/faults", json) }

    private func tell(_ method: String, _ path: String, _ json: String) async throws {
        var request = URLRequest(url: URL(string: url + path)!)
        request.httpMethod = method
        request.httpBody = Data(json.utf8)
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        let (_, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode
        guard status == 204 else { throw Failed(what: "\(path): \(String(describing: status))") }
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
