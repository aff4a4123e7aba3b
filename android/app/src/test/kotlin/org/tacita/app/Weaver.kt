package org.tacita.app

import net.bytebuddy.agent.ByteBuddyAgent
import net.bytebuddy.agent.builder.AgentBuilder
import net.bytebuddy.asm.Advice
import net.bytebuddy.description.method.MethodDescription
import net.bytebuddy.description.type.TypeDescription
import net.bytebuddy.dynamic.DynamicType
import net.bytebuddy.matcher.ElementMatcher
import net.bytebuddy.utility.JavaModule

/** Puts advice around methods of the bindings' classes; fails unless it is around some in each of them. */
internal fun weave(classes: List<String>, methods: ElementMatcher<MethodDescription>, advice: Advice) {
    val names = classes.map { "org.tacita.bindings.$it" }
    // One that is loaded by the weaving of another would be left out.
    names.forEach(Class<*>::forName)
    val woven = mutableSetOf<String>()
    val listener = object : AgentBuilder.Listener.Adapter() {
        override fun onTransformation(type: TypeDescription, loader: ClassLoader?, module: JavaModule?, loaded: Boolean, dynamic: DynamicType) {
            woven += type.name
        }
    }
    AgentBuilder.Default()
        .with(AgentBuilder.RedefinitionStrategy.RETRANSFORMATION)
        .disableClassFormatChanges()
        .with(listener)
        .type { type, _, _, _, _ -> type.name in names }
        .transform { builder, _, _, _, _ -> builder.visit(advice.on(methods)) }
        .installOn(ByteBuddyAgent.install())
    check(woven.containsAll(names)) { "not woven: ${names - woven}" }
}
