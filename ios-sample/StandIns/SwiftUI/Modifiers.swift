// Of SwiftUI, what the app's views are changed with.

public struct Font: Sendable { public static let headline = Font(), subheadline = Font(), caption = Font() }
public enum Edges { case horizontal, vertical }
public struct Traits: Sendable { public static let isHeader = Traits() }
public enum Children { case combine }
public struct ButtonLook: Sendable { public static let bordered = ButtonLook() }
public struct PickerLook: Sendable { public static let inline = PickerLook() }
public struct Capitals: Sendable { public static let never = Capitals() }

extension View {
    public func font(_ font: Font?) -> some View { self }
    public func foregroundStyle(_ colour: Color) -> some View { self }
    public func background(_ colour: Color) -> some View { self }
    public func padding(_ edges: Edges, _ length: CGFloat? = nil) -> some View { self }
    public func frame(maxWidth: CGFloat? = nil, maxHeight: CGFloat? = nil, alignment: Alignment = .center) -> some View { self }
    public func disabled(_ disabled: Bool) -> some View { self }
    public func id<ID: Hashable>(_ id: ID) -> some View { self }
    public func tag<Value: Hashable>(_ tag: Value) -> some View { self }
    public func badge(_ count: Int) -> some View { self }
    public func tabItem<Content: View>(@ViewBuilder _ label: () -> Content) -> some View { self }
    public func labelsHidden() -> some View { self }
    public func buttonStyle(_ style: ButtonLook) -> some View { self }
    public func pickerStyle(_ style: PickerLook) -> some View { self }
    public func preferredColorScheme(_ scheme: ColorScheme?) -> some View { self }
    public func textInputAutocapitalization(_ capitals: Capitals?) -> some View { self }
    public func autocorrectionDisabled(_ disable: Bool = true) -> some View { self }
    public func searchable<Words: StringProtocol>(text: Binding<String>, prompt: Words) -> some View { self }
    public func accessibilityElement(children: Children) -> some View { self }
    public func accessibilityAddTraits(_ traits: Traits) -> some View { self }
    public func onAppear(perform action: (() -> Void)? = nil) -> some View { self }
    public func navigationTitle<Words: StringProtocol>(_ title: Words) -> some View { self }

    public func onChange<Value: Equatable>(of value: Value, initial: Bool = false, _ action: @escaping () -> Void) -> some View {
        self
    }

    public func navigationDestination<Data: Hashable, Content: View>(
        for data: Data.Type, @ViewBuilder destination: @escaping (Data) -> Content
    ) -> some View { self }

    public func task(@_inheritActorContext _ action: @escaping @Sendable () async -> Void) -> some View { self }

    public func task<ID: Equatable>(
        id: ID, @_inheritActorContext _ action: @escaping @Sendable () async -> Void
    ) -> some View { self }
}
