package dev.tandem.task;

import static dev.tandem.task.TaskState.CANCELED;
import static dev.tandem.task.TaskState.ENQUEUED;
import static dev.tandem.task.TaskState.FAILED;
import static dev.tandem.task.TaskState.PROCESSING;
import static dev.tandem.task.TaskState.SUCCEEDED;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TaskStateTest {
    private static final Map<TaskState, List<TaskState>> MOVES = Map.of(
            ENQUEUED, List.of(PROCESSING, FAILED, CANCELED),
            PROCESSING, List.of(ENQUEUED, SUCCEEDED, FAILED, CANCELED),
            SUCCEEDED, List.of(),
            FAILED, List.of(ENQUEUED),
            CANCELED, List.of(ENQUEUED));

    private static final Map<TaskState, List<TaskState>> REPORTS = Map.of(
            ENQUEUED, List.of(ENQUEUED, PROCESSING, SUCCEEDED, FAILED, CANCELED),
            PROCESSING, List.of(PROCESSING, SUCCEEDED, FAILED, CANCELED),
            SUCCEEDED, List.of(SUCCEEDED),
            FAILED, List.of(FAILED),
            CANCELED, List.of(CANCELED));

    @ParameterizedTest
    @EnumSource
    void canMoveTo_eachState_isAsTheTableSays(TaskState from) {
        for (TaskState to : TaskState.values()) {
            assertThat(from.canMoveTo(to))
                    .as("%s to %s", from, to)
                    .isEqualTo(list(MOVES, from).contains(to));
        }
    }

    @ParameterizedTest
    @EnumSource
    void canReport_eachState_isAsTheTableSays(TaskState from) {
        for (TaskState to : TaskState.values()) {
            assertThat(from.canReport(to))
                    .as("%s to %s", from, to)
                    .isEqualTo(list(REPORTS, from).contains(to));
        }
    }

    private static List<TaskState> list(Map<TaskState, List<TaskState>> table, TaskState from) {
        return table.getOrDefault(from, List.of());
    }
}
