"""The words of the weekly brief."""

from etl.text import Text

BRIEF: dict[str, Text] = {
    "title": Text("Ringkasan pekan", "Weekly brief"),
    "for": Text("Untuk wali kota atau bupati", "For the mayor"),
    "simulated": Text(
        "SIMULASI: angka di sini dibuat oleh simulator, bukan data kota.",
        "SIMULATION: these figures were made by a simulator, they are no data of the city.",
    ),
    "stands_out": Text("Yang menonjol", "What stands out"),
    "calm": Text("Tidak ada yang menonjol pada akhir pekan ini.", "Nothing stood out at the end of this week."),
    "looked": Text("angka dinilai", "figures judged"),
    "of": Text("dari", "of"),
    "owner": Text("Penanggung jawab", "Owner"),
    "whole_city": Text("Seluruh kota", "The whole city"),
    "figure": Text("Angka", "Figure"),
    "value": Text("Pekan ini", "This week"),
    "target": Text("Target", "Target"),
    "verdict": Text("Capaian", "Verdict"),
    "change": Text("Perubahan", "Change"),
    "none": Text("Belum ada target pada pilar ini.", "There is no target in this pillar yet."),
    "met": Text("target tercapai", "targets are met"),
    "charts": Text("Delapan pekan terakhir", "The last eight weeks"),
    "charts_note": Text("Garis putus-putus: target.", "Dashed line: the target."),
    "plan": Text("Rencana induk: klaim di samping bukti", "The master plan: claims beside evidence"),
    "pillar": Text("Pilar", "Pillar"),
    "claim": Text("Klaim", "Claim"),
    "evidence": Text("Bukti", "Evidence"),
    "gap": Text("Selisih", "Gap"),
    "buying": Text("Kewajiban belanja ASN", "Purchases of civil servants"),
    "buying_note": Text(
        "Bagian ASN wajib belanja yang sudah memenuhi kewajiban bulan ini, yang terendah di atas. "
        "Yang dikecualikan atau belum pasti tidak dinilai.",
        "Part of the civil servants under the obligation who met this month's, the least on top. "
        "Who is exempt or not certain is not counted as failing.",
    ),
    "agency": Text("OPD", "Agency"),
    "done": Text("Sudah", "Met"),
    "not_done": Text("Belum", "Not met"),
    "apart": Text("Tak dinilai", "Apart"),
    "city": Text("Seluruh OPD", "All agencies"),
    "definitions": Text("Sumber dan definisi", "Sources and definitions"),
    "formula": Text("Rumus", "Formula"),
    "source": Text("Sumber", "Source"),
    "fresh": Text("data sampai", "data up to"),
    "page": Text("hal.", "p."),
    "made": Text("Dibuat", "Made"),
}
