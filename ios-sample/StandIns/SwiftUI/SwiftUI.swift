// Of SwiftUI, what the app uses: types, builders and property wrappers. Modifiers.swift has what views are changed with.
@_exported import Foundation
@_exported import Observation

extension URL {
    /// Of Foundation, on Apple's systems.
    public static var applicationSupportDirectory: URL { fatalError("a stand-in") }
}

@MainActor @preconcurrency
public protocol View {
    associatedtype Body: View
    @ViewBuilder @MainActor @preconcurrency var body: Body { get }
}

extension Never: View {
    public var body: Never { fatalError("a stand-in") }
}

/// One that the system draws.
public protocol Primitive: View where Body == Never {}

extension Primitive {
    public var body: Never { fatalError("a stand-in") }
}

public struct EmptyView: Primitive {}
public struct TupleView<Content>: Primitive {}
public struct ConditionalContent<First: View, Second: View>: Primitive {}
extension Optional: View where Wrapped: View { public var body: Never { fatalError("a stand-in") } }

@resultBuilder
public enum ViewBuilder {
    public static func buildBlock() -> EmptyView { fatalError("a stand-in") }
    public static func buildExpression<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<Content: View>(_ content: Content) -> Content { content }
    public static func buildBlock<each Content: View>(_ content: repeat each Content) -> TupleView<(repeat each Content)> {
        fatalError("a stand-in")
    }
    public static func buildIf<Content: View>(_ content: Content?) -> Content? { content }
    public static func buildEither<One: View, Other: View>(first: One) -> ConditionalContent<One, Other> {
        fatalError("a stand-in")
    }
    public static func buildEither<One: View, Other: View>(second: Other) -> ConditionalContent<One, Other> {
        fatalError("a stand-in")
    }
}

@MainActor @preconcurrency
public protocol Scene {
    associatedtype Body: Scene
    @MainActor @preconcurrency var body: Body { get }
}

extension Never: Scene {}

public struct WindowGroup<Content: View>: Scene {
    public init(@ViewBuilder content: () -> Content) {}
    public var body: Never { fatalError("a stand-in") }
}

@MainActor @preconcurrency
public protocol App {
    associatedtype Body: Scene
    @MainActor @preconcurrency var body: Body { get }
    @MainActor @preconcurrency init()
}

extension App {
    public static func main() { fatalError("a stand-in") }
}

@propertyWrapper
public struct State<Value> {
    public init(wrappedValue: Value) {}
    public init(initialValue: Value) {}
    public var wrappedValue: Value {
        get { fatalError("a stand-in") }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { fatalError("a stand-in") }
}

extension State where Value: ExpressibleByNilLiteral {
    public init() {}
}

extension State: Sendable where Value: Sendable {}

@propertyWrapper @dynamicMemberLookup
public struct Binding<Value> {
    // Without an actor, which is stricter than the system's.
    public init(get: @escaping @Sendable () -> Value, set: @escaping @Sendable (Value) -> Void) {}
    public var wrappedValue: Value {
        get { fatalError("a stand-in") }
        nonmutating set {}
    }
    public var projectedValue: Binding<Value> { self }
    public subscript<Part>(dynamicMember path: WritableKeyPath<Value, Part>) -> Binding<Part> { fatalError("a stand-in") }
}

@propertyWrapper @dynamicMemberLookup
public struct Bindable<Value> {
    public init(wrappedValue: Value) where Value: AnyObject & Observable { self.wrappedValue = wrappedValue }
    public var wrappedValue: Value
    public var projectedValue: Bindable<Value> { self }
    public subscript<Part>(dynamicMember path: ReferenceWritableKeyPath<Value, Part>) -> Binding<Part> where Value: AnyObject {
        fatalError("a stand-in")
    }
}

public struct Text: Primitive {
    public init<Words: StringProtocol>(_ words: Words) {}
    public init(verbatim: String) {}
}

public struct Label<Title: View, Icon: View>: Primitive {
    public init<Words: StringProtocol>(_ title: Words, systemImage: String) where Title == Text, Icon == EmptyView {}
}

public struct Button<Words: View>: Primitive {
    public init<Title: StringProtocol>(_ title: Title, role: ButtonRole?, action: @escaping @MainActor () -> Void)
    where Words == Text {}
}

public struct ButtonRole: Equatable, Sendable { public static let destructive = ButtonRole() }

public struct Toggle<Words: View>: Primitive {
    public init<Title: StringProtocol>(_ title: Title, isOn: Binding<Bool>) where Words == Text {}
}

public struct TextField<Words: View>: Primitive {
    public init<Title: StringProtocol>(_ title: Title, text: Binding<String>) where Words == Text {}
}

public struct Picker<Words: View, Value: Hashable, Content: View>: Primitive {
    public init<Title: StringProtocol>(
        _ title: Title, selection: Binding<Value>, @ViewBuilder content: () -> Content
    ) where Words == Text {}
}

public struct ProgressView<Words: View>: Primitive {
    public init<Title: StringProtocol>(_ title: Title) where Words == Text {}
}

public struct ForEach<Items: RandomAccessCollection, ID: Hashable, Content: View>: Primitive {
    public init(_ items: Items, id: KeyPath<Items.Element, ID>, @ViewBuilder content: @escaping (Items.Element) -> Content) {}
    public init(
        _ items: Items, @ViewBuilder content: @escaping (Items.Element) -> Content
    ) where Items.Element: Identifiable, ID == Items.Element.ID {}
}

public struct List<Content: View>: Primitive { public init(@ViewBuilder content: () -> Content) {} }
public struct Form<Content: View>: Primitive { public init(@ViewBuilder content: () -> Content) {} }

public struct Section<Header: View, Content: View, Footer: View>: Primitive {
    public init(@ViewBuilder content: () -> Content) where Header == EmptyView, Footer == EmptyView {}
    public init<Title: StringProtocol>(
        _ title: Title, @ViewBuilder content: () -> Content
    ) where Header == Text, Footer == EmptyView {}
    public init(
        @ViewBuilder content: () -> Content, @ViewBuilder header: () -> Header, @ViewBuilder footer: () -> Footer
    ) {}
}

public struct HStack<Content: View>: Primitive { public init(@ViewBuilder content: () -> Content) {} }
public struct VStack<Content: View>: Primitive {
    public init(alignment: HorizontalAlignment = .center, spacing: CGFloat? = nil, @ViewBuilder content: () -> Content) {}
}

public enum HorizontalAlignment { case leading, center }
public enum Alignment { case leading, center }

public struct NavigationStack<Data, Root: View>: Primitive {
    public init(@ViewBuilder root: () -> Root) where Data == Never {}
    public init(
        path: Binding<Data>, @ViewBuilder root: () -> Root
    ) where Data: MutableCollection & RandomAccessCollection & RangeReplaceableCollection, Data.Element: Hashable {}
}

public struct TabView<Value: Hashable, Content: View>: Primitive {
    public init(selection: Binding<Value>?, @ViewBuilder content: () -> Content) {}
}

public struct Color: Sendable {
    public static let red = Color(), orange = Color(), green = Color(), secondary = Color()
    public func opacity(_ opacity: Double) -> Color { self }
}

public enum ColorScheme: Sendable { case light, dark }

public enum AccessibilityNotification {
    public struct Announcement {
        public init(_ text: String) {}
        public func post() {}
    }
}
