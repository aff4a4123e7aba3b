package org.tacita.agent

import kotlin.system.exitProcess
import kotlinx.coroutines.CoroutineScope
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.SupervisorJob
import kotlinx.serialization.json.JsonPrimitive

/** `agent --dir DIR`: the Kotlin kit, driven by lines of JSON on standard input. `agent bench --dir DIR` measures it. */
fun main(args: Array<String>) {
    val directory = args.toList().zipWithNext().firstOrNull { it.first == "--dir" }?.second
    if (directory == null) {
        System.err.println("usage: agent --dir DIR")
        exitProcess(2)
    }
    if (args.first() == "bench") {
        bench(directory)
        exitProcess(0)
    }
    val agent = Agent(directory, CoroutineScope(SupervisorJob() + Dispatchers.Default), System.out)
    agent.say("ready" to JsonPrimitive(true), "language" to JsonPrimitive("kotlin"))
    for (line in System.`in`.bufferedReader().lineSequence()) {
        if (!agent.begin(line)) break
    }
    exitProcess(0)
}
