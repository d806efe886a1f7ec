// Puts what the models say into the person's language.
import Foundation
import SampleModels

/// The language of the app, out of `Localizable.xcstrings`.
struct AppLanguage: Language {
    func text(_ phrase: Phrase, _ arguments: [String]) -> String {
        let text = Bundle.main.localizedString(forKey: phrase.rawValue, value: nil, table: nil)
        return arguments.isEmpty ? text : String(format: text, arguments: arguments)
    }

    func text(_ counted: Counted, _ number: Int) -> String {
        let text = Bundle.main.localizedString(forKey: counted.rawValue, value: nil, table: nil)
        return String.localizedStringWithFormat(text, number)
    }

    func text(_ time: Date) -> String { time.formatted(date: .abbreviated, time: .shortened) }
}

func say(_ saying: Saying) -> String { saying.text(in: AppLanguage()) }

func say(_ phrase: Phrase, _ arguments: Saying...) -> String { say(.phrase(phrase, arguments)) }

func say(_ counted: Counted, _ number: Int) -> String { say(.counted(counted, number)) }
