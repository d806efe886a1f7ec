// What the app says, before it is put into a language.
import Foundation

public indirect enum Saying: Hashable, Sendable {
    case phrase(Phrase, [Saying] = [])
    case counted(Counted, Int)
    /// As a person or the server wrote it.
    case verbatim(String)
    case time(Date)
    /// One after the other, with commas.
    case list([Saying])
    /// One sentence after the other.
    case sentences([Saying])
}

/// A language, with the person's way to write times.
public protocol Language {
    func text(_ phrase: Phrase, _ arguments: [String]) -> String
    func text(_ counted: Counted, _ number: Int) -> String
    func text(_ time: Date) -> String
}

extension Saying {
    public func text(in language: some Language) -> String {
        switch self {
        case .phrase(let phrase, let arguments): language.text(phrase, arguments.map { $0.text(in: language) })
        case .counted(let counted, let number): language.text(counted, number)
        case .verbatim(let text): text
        case .time(let time): language.text(time)
        case .list(let parts): parts.map { $0.text(in: language) }.joined(separator: ", ")
        case .sentences(let parts): parts.map { $0.text(in: language) }.joined(separator: " ")
        }
    }
}
