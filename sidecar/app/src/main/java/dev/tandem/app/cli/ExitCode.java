package dev.tandem.app.cli;

import dev.tandem.client.TandemException;
import io.vertx.grpc.common.GrpcStatus;

/** What a command's exit code means. Documented in docs/cli.md and {@code tandem --help}: never change one. */
final class ExitCode {
    static final int OK = 0;

    /** The sidecar said no; nothing was changed. */
    static final int REFUSED = 1;

    /** Bad usage or configuration, or a sidecar that can't be started. */
    static final int USAGE = 2;

    /** There is no sidecar or Redis there, or it can't serve now; nothing was changed. */
    static final int UNREACHABLE = 3;

    /** There is no such task, lease or namespace. */
    static final int NOT_FOUND = 4;

    /** The result is unknown: the change may have been made, or not. */
    static final int UNKNOWN = 5;

    /** The time was over before what was waited for came to be. */
    static final int NOT_YET = 6;

    /** A bug in this program. */
    static final int BUG = 70;

    private ExitCode() {}

    static int of(TandemException failure) {
        if (failure.maybeApplied()) {
            return UNKNOWN;
        }
        GrpcStatus code = failure.code();
        return switch (code) {
            case NOT_FOUND -> NOT_FOUND;
            case UNAVAILABLE, RESOURCE_EXHAUSTED, DEADLINE_EXCEEDED, UNIMPLEMENTED -> UNREACHABLE;
            default -> REFUSED;
        };
    }
}
