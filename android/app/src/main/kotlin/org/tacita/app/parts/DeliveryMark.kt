package org.tacita.app.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.layout.size
import androidx.compose.runtime.Composable
import androidx.compose.ui.Modifier
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.graphics.Path
import androidx.compose.ui.graphics.StrokeCap
import androidx.compose.ui.graphics.StrokeJoin
import androidx.compose.ui.graphics.drawscope.DrawScope
import androidx.compose.ui.graphics.drawscope.Stroke
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import org.tacita.app.words.words
import org.tacita.bindings.Delivery

/** How far a message of ours is: a clock, one tick, two ticks, two ticks in the colour of what was read. */
@Composable
fun DeliveryMark(delivery: Delivery, color: Color, read: Color) {
    if (delivery is Delivery.Received) return
    val description = words.delivery(delivery)
    Canvas(Modifier.size(18.dp, 12.dp).semantics { contentDescription = description }) {
        when (delivery) {
            is Delivery.Queued, is Delivery.Waiting -> clock(color)
            is Delivery.Sent -> tick(color, 0.25f)
            is Delivery.Delivered -> ticks(color)
            is Delivery.Read -> ticks(read)
            is Delivery.Received -> Unit
        }
    }
}

private fun DrawScope.ticks(color: Color) {
    tick(color, 0.05f)
    tick(color, 0.4f)
}

private fun DrawScope.tick(color: Color, from: Float) {
    val path = Path().apply {
        moveTo(size.width * from, size.height * 0.55f)
        lineTo(size.width * (from + 0.18f), size.height * 0.85f)
        lineTo(size.width * (from + 0.55f), size.height * 0.15f)
    }
    drawPath(path, color, style = Stroke(1.6.dp.toPx(), cap = StrokeCap.Round, join = StrokeJoin.Round))
}

private fun DrawScope.clock(color: Color) {
    val stroke = 1.4.dp.toPx()
    val radius = size.height / 2 - stroke / 2
    val center = Offset(size.width / 2, size.height / 2)
    drawCircle(color, radius, center, style = Stroke(stroke))
    drawLine(color, center, center - Offset(0f, radius * 0.6f), stroke, StrokeCap.Round)
    drawLine(color, center, center + Offset(radius * 0.5f, 0f), stroke, StrokeCap.Round)
}
