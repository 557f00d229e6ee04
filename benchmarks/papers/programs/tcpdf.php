<?php
// Draw marks with TCPDF: reads {width, height, pages} from standard input, writes a PDF to standard output.
require_once('/usr/share/php/tcpdf/tcpdf.php');
$drawing = json_decode(file_get_contents('php://stdin'), true);
$core = ['sans' => 'helvetica', 'serif' => 'times', 'mono' => 'courier'];
$embedded = ['sans' => 'dejavusanscondensed', 'serif' => 'dejavuserifcondensed', 'mono' => 'dejavusansmono'];
$fonts = $drawing['embed'] ? $embedded : $core;
$pdf = new TCPDF('P', 'mm', [$drawing['width'], $drawing['height']], true, 'UTF-8', false);
$pdf->setPrintHeader(false);
$pdf->setPrintFooter(false);
$pdf->SetAutoPageBreak(false);
$pdf->SetMargins(0, 0, 0);
$pdf->setCellPaddings(0, 0, 0, 0);
$pdf->setDocCreationTimestamp($drawing['made']);
$pdf->setDocModificationTimestamp($drawing['made']);
function colour($hex) {
    return [hexdec(substr($hex, 1, 2)), hexdec(substr($hex, 3, 2)), hexdec(substr($hex, 5, 2))];
}
foreach ($drawing['pages'] as $page) {
    $pdf->AddPage();
    foreach ($page as $mark) {
        if (isset($mark['png'])) {
            $pdf->Image('@' . base64_decode($mark['png']), $mark['x'], $mark['y'], $mark['width'], $mark['height']);
        } elseif (isset($mark['words'])) {
            $pdf->SetFont($fonts[$mark['face']], $mark['bold'] ? 'B' : '', $mark['size'] * ($drawing['embed'] ? 0.92 : 1));
            $pdf->SetTextColorArray(colour($mark['colour']));
            $wide = $pdf->GetStringWidth($mark['words']);
            $x = $mark['x'] - $wide * ['left' => 0, 'right' => 1, 'centre' => 0.5][$mark['align']];
            $pdf->StartTransform();
            if ($mark['angle']) {
                $pdf->Rotate($mark['angle'], $mark['x'], $mark['y']);
            }
            $pdf->Text($x, $mark['y'], $mark['words'], 0, false, true, 0, 0, '', false, '', 0, true, 'L', 'B');
            $pdf->StopTransform();
        } else {
            $style = ($mark['stroke'] ? 'D' : '') . ($mark['fill'] ? 'F' : '');
            $line = $mark['stroke'] ? ['width' => $mark['weight'] * 0.3528, 'color' => colour($mark['stroke'])] : [];
            if (!$mark['height']) {
                $pdf->Line($mark['x'], $mark['y'], $mark['x'] + $mark['width'], $mark['y'], $line);
            } elseif ($style) {
                $pdf->Rect($mark['x'], $mark['y'], $mark['width'], $mark['height'], $style, $line ? ['all' => $line] : [], $mark['fill'] ? colour($mark['fill']) : []);
            }
        }
    }
}
echo $pdf->Output('', 'S');
