// Of FoodLensBackground, what it has for SwiftUI alone.
import FoodLensBackground
import SwiftUI

extension View {
    func suspends(_ sync: FoodLensBackgroundSync) -> some View { self }
}
