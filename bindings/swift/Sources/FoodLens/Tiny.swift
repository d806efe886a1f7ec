import FoodLensFFI

public func tiny() throws -> String { "x" }
