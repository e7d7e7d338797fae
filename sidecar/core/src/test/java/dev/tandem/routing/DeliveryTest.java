package dev.tandem.routing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.tandem.task.Limits;
import dev.tandem.task.RequestRecord;
import dev.tandem.task.Task;
import dev.tandem.task.TaskCommand;
import dev.tandem.task.TaskMachine;
import dev.tandem.task.Verb;
import dev.tandem.testkit.ReferenceTable;
import dev.tandem.testkit.StoreCalls;
import dev.tandem.testkit.Tasks;
import java.util.List;
import org.junit.jupiter.api.Test;

class DeliveryTest {
    private static final long NOW = 1_000;

    private final ReferenceTable table = new ReferenceTable(Limits.TOMBSTONE_KEEP_MILLIS_DEFAULT);
    private final TaskCommand claim = Tasks.request("n", NOW, "r", Tasks.claim("w", 1));

    /** It was remembered by the renewed task's version, and not known again by the store that took it over. */
    @Test
    void of_claimRepeatedAfterARenewal_remembersWhatTheClaimGave() {
        execute(Tasks.create("t"));
        List<Delivery> first = deliveries();
        long token = StoreCalls.token((Task) first.get(0).record());
        execute(Tasks.renew("t", token));

        assertThat(remembered(deliveries())).hasSize(1).isEqualTo(remembered(first));
    }

    private void execute(Verb verb) {
        assertThat(TaskMachine.execute(table, TaskCommand.of("n", NOW, verb)).succeeded())
                .isTrue();
    }

    private List<Delivery> deliveries() {
        List<Delivery> deliveries = Delivery.of(claim, TaskMachine.execute(table, claim));
        assertThat(deliveries).isNotNull();
        return deliveries;
    }

    private static List<RequestRecord> remembered(List<Delivery> deliveries) {
        return deliveries.stream()
                .map(Delivery::record)
                .filter(RequestRecord.class::isInstance)
                .map(RequestRecord.class::cast)
                .toList();
    }
}
