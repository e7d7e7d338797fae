package dev.tandem.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.store.TaskFilter;
import dev.tandem.task.TaskState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** No statement looks at more rows than its index leads it to, and none sorts what it finds. */
class QueryPlanTest {
    @TempDir
    static Path folder;

    private static Session session;

    @BeforeAll
    static void open() {
        Path file = folder.resolve("tandem.db");
        session = new Opening(file, Schema.STEPS).open(() -> Session.openWriter(SqliteOptions.of(file)));
    }

    @AfterAll
    static void close() {
        session.close();
    }

    private static List<String> plan(String sql) {
        List<String> plan = new ArrayList<>();
        try (Rows rows = session.filterStatement("EXPLAIN QUERY PLAN " + sql).rows()) {
            while (rows.next()) {
                plan.add(rows.text(4));
            }
        }
        return plan;
    }

    @ParameterizedTest
    @EnumSource(Sql.class)
    void plan_ofEachStatement_isLedByAnIndex(Sql sql) {
        List<String> plan = plan(sql.text());

        assertThat(plan).noneMatch(step -> step.contains("TEMP B-TREE"));
        if (sql == Sql.NAMESPACES) {
            // All of them are asked for; what each holds is looked up.
            assertThat(plan)
                    .filteredOn(step -> step.startsWith("SCAN "))
                    .hasSize(1)
                    .allMatch(step -> step.startsWith("SCAN namespace USING COVERING INDEX"));
        } else {
            // What a subquery found, up to its limit, is counted one by one.
            assertThat(plan).noneMatch(step -> step.startsWith("SCAN ") && !step.equals("SCAN (subquery-1)"));
        }
    }

    static Stream<TaskFilter> filters() {
        List<TaskFilter> filters = new ArrayList<>();
        for (int bits = 0; bits < 32; bits++) {
            filters.add(new TaskFilter(
                    (bits & 1) == 0 ? Set.of() : Set.of(TaskState.FAILED),
                    (bits & 2) == 0 ? Set.of() : Set.of("q"),
                    (bits & 4) == 0 ? Set.of() : Set.of("k"),
                    (bits & 8) == 0 ? "" : "n",
                    (bits & 16) == 0 ? Map.of() : Map.of("a", "1", "b", "2"),
                    0,
                    Long.MAX_VALUE));
        }
        return filters.stream();
    }

    @ParameterizedTest
    @MethodSource("filters")
    void plan_ofEachKindOfList_walksOneIndexInItsOrder(TaskFilter filter) {
        for (Lead lead : Lead.candidates(filter)) {
            for (boolean newestFirst : new boolean[] {false, true}) {
                for (FilterSql sql : FilterSql.lists(filter, newestFirst, lead)) {
                    String leading = switch (lead.kind()) {
                        case STATE ->
                            "COVERING INDEX task_state"
                                    + " (ns=? AND state=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))";
                        case NODE -> "(ns=? AND node=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))";
                        case LABEL ->
                            "(ns=? AND name=? AND value=? AND (created_at,id)>(?,?) AND (created_at,id)<(?,?))";
                    };
                    List<String> plan = plan(sql.text());
                    assertThat(plan.get(0)).startsWith("SEARCH ").contains(leading);
                    assertThat(plan).noneMatch(QueryPlanTest::scansATable).noneMatch(step -> step.contains("ORDER BY"));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("filters")
    void plan_ofEachKindOfCount_isLedByAnIndex(TaskFilter filter) {
        for (Lead lead : Lead.candidates(filter)) {
            for (FilterSql sql : FilterSql.counts(filter, lead)) {
                assertThat(plan(sql.text())).noneMatch(QueryPlanTest::scansATable);
            }
        }
        assertThat(plan(FilterSql.tally(filter).text())).noneMatch(QueryPlanTest::scansATable);
    }

    private static boolean scansATable(String step) {
        return step.startsWith("SCAN ") && !step.startsWith("SCAN json_each VIRTUAL TABLE");
    }
}
