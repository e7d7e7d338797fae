package dev.tandem.app.cli;

import java.util.List;

/** Text in aligned columns. */
final class Table {
    private Table() {}

    /** A heading and rows, each of as many cells, as lines. */
    static String of(List<String> heading, List<List<String>> rows) {
        int[] widths = new int[heading.size()];
        widen(widths, heading);
        rows.forEach(row -> widen(widths, row));
        StringBuilder text = new StringBuilder();
        line(text, widths, heading);
        rows.forEach(row -> line(text, widths, row));
        return text.toString();
    }

    private static void widen(int[] widths, List<String> row) {
        for (int column = 0; column < widths.length; column++) {
            String cell = row.get(column);
            widths[column] = Math.max(widths[column], cell.codePointCount(0, cell.length()));
        }
    }

    private static void line(StringBuilder text, int[] widths, List<String> row) {
        int last = widths.length - 1;
        for (int column = 0; column < last; column++) {
            String cell = row.get(column);
            int padding = widths[column] - cell.codePointCount(0, cell.length()) + 2;
            text.append(cell).append(" ".repeat(padding));
        }
        text.append(row.get(last)).append('\n');
    }
}
