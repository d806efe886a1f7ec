package dev.foodlens

public fun tiny(): String = "x"
