package org.tacita.agent

import java.lang.reflect.Modifier
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonNull
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.tacita.bindings.ClientException
import org.tacita.bindings.Delivery
import org.tacita.bindings.Event
import org.tacita.bindings.MessageBody

/**
 * A view as the harness reads it from every agent: fields in snake case, cases of plain enums as strings,
 * cases that may carry something as objects with a `kind`.
 */
fun encode(value: Any?): JsonElement = when (value) {
    null -> JsonNull
    Unit -> JsonObject(emptyMap())
    is String -> JsonPrimitive(value)
    is Boolean -> JsonPrimitive(value)
    // Unsigned fields are signed ones to the virtual machine; none of them reaches the sign.
    is Number -> JsonPrimitive(value)
    // A field that may be null holds the unsigned number in an object of its own.
    is ULong -> JsonPrimitive(value.toLong())
    is List<*> -> JsonArray(value.map(::encode))
    is Enum<*> -> JsonPrimitive(camelCase(value.name))
    is Delivery, is MessageBody -> withKind(value.javaClass.simpleName, value)
    is Event -> withKind(value.javaClass.simpleName.lowercase(), value)
    else -> JsonObject(fields(value))
}

/** An error as the harness reads it: the variant's name in Rust, and what it carries. */
fun encodeError(error: ClientException): JsonElement = withKind(error.javaClass.simpleName, error)

private fun withKind(kind: String, value: Any): JsonObject =
    JsonObject(mapOf("kind" to JsonPrimitive(kind)) + fields(value))

private fun fields(value: Any): Map<String, JsonElement> = value.javaClass.declaredFields
    .filterNot { Modifier.isStatic(it.modifiers) }
    .associate { field ->
        field.isAccessible = true
        snakeCase(field.name) to encode(field.get(value))
    }

private fun snakeCase(name: String): String = name.replace(Regex("[A-Z]")) { "_" + it.value.lowercase() }

private fun camelCase(name: String): String =
    name.split('_').joinToString("") { it.lowercase().replaceFirstChar(Char::uppercase) }
