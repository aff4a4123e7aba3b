package org.tacita.app.parts

import androidx.compose.foundation.Canvas
import androidx.compose.foundation.background
import androidx.compose.foundation.layout.aspectRatio
import androidx.compose.foundation.layout.fillMaxWidth
import androidx.compose.foundation.layout.padding
import androidx.compose.foundation.layout.widthIn
import androidx.compose.foundation.shape.RoundedCornerShape
import androidx.compose.runtime.Composable
import androidx.compose.runtime.remember
import androidx.compose.ui.Modifier
import androidx.compose.ui.draw.clip
import androidx.compose.ui.geometry.Offset
import androidx.compose.ui.geometry.Size
import androidx.compose.ui.graphics.Color
import androidx.compose.ui.semantics.contentDescription
import androidx.compose.ui.semantics.semantics
import androidx.compose.ui.unit.dp
import com.google.zxing.BarcodeFormat
import com.google.zxing.EncodeHintType
import com.google.zxing.qrcode.QRCodeWriter

/** A text as a QR code, dark on white whatever the theme: scanners want it so. */
@Composable
fun QrCode(text: String, description: String, modifier: Modifier = Modifier) {
    val code = remember(text) {
        QRCodeWriter().encode(text, BarcodeFormat.QR_CODE, 0, 0, mapOf(EncodeHintType.MARGIN to 0))
    }
    Canvas(
        modifier.widthIn(max = 300.dp).fillMaxWidth().aspectRatio(1f).clip(RoundedCornerShape(16.dp))
            .background(Color.White).padding(14.dp).semantics { contentDescription = description },
    ) {
        // Whole pixels, so that no line shows between the squares.
        val side = (size.minDimension / code.width).toInt().coerceAtLeast(1).toFloat()
        val start = ((size.minDimension - side * code.width) / 2).toInt().toFloat()
        for (y in 0 until code.height) for (x in 0 until code.width) {
            if (code[x, y]) drawRect(Color.Black, Offset(start + x * side, start + y * side), Size(side, side))
        }
    }
}
