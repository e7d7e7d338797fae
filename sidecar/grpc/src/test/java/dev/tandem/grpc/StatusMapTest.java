package dev.tandem.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.BadRequest.FieldViolation;
import com.google.rpc.Status;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class StatusMapTest {
    /** What clients take of headers by default, in which a status travels: as a message, and in base64 as details. */
    private static final int HEADER_BYTES_MAX = 8 * 1024;

    /** Found by random requests: one with 33 unknown states was answered with a reset stream, because of its long status. */
    @Test
    void invalid_manyViolations_fitsIntoHeaders() {
        List<FieldViolation> violations = Collections.nCopies(
                1000,
                FieldViolation.newBuilder()
                        .setField("states")
                        .setDescription("must be ENQUEUED, PROCESSING, SUCCEEDED, FAILED or CANCELED")
                        .build());

        Status status = StatusMap.invalid(StatusMap.INVALID_ARGUMENT, violations);

        assertThat(status.getMessage()).startsWith("states: must be ENQUEUED").endsWith("; and 990 more like these");
        assertThat(status.getMessage().length() + status.toByteArray().length * 4 / 3)
                .isLessThan(HEADER_BYTES_MAX - 1024);
    }
}
