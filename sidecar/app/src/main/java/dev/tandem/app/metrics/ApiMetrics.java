package dev.tandem.app.metrics;

import dev.tandem.grpc.CallListener;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.vertx.grpc.common.GrpcStatus;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Times the API's calls, by method, status and transport. */
final class ApiMetrics implements CallListener {
    /** More methods than there are: should a caller ever choose the names, memory stays bounded nevertheless. */
    static final int METHODS_MAX = 64;

    /** The numbers of google.rpc.Code run from 0 to 16; anything else counts as UNKNOWN. */
    private static final int STATUSES = 17;

    private final MeterRegistry registry;
    private final Map<String, TimerTable> byMethod = new ConcurrentHashMap<>();

    ApiMetrics(MeterRegistry registry) {
        this.registry = registry;
    }

    @Override
    public void ended(String method, int grpcStatus, long nanos, boolean json) {
        int status = grpcStatus >= 0 && grpcStatus < STATUSES ? grpcStatus : GrpcStatus.UNKNOWN.code;
        table(method).record(status * 2 + (json ? 1 : 0), nanos);
    }

    private TimerTable table(String method) {
        TimerTable table = byMethod.get(method);
        if (table != null) {
            return table;
        }
        String known = byMethod.size() < METHODS_MAX ? method : "other";
        return byMethod.computeIfAbsent(known, name -> new TimerTable(STATUSES * 2, index -> timer(name, index)));
    }

    private Timer timer(String method, int index) {
        return Timer.builder("tandem.api.call")
                .description("Calls of the API, from their first byte to the last of the answer; a stream's whole life")
                .tag("method", method)
                .tag("status", GrpcStatus.valueOf(index / 2).name())
                .tag("transport", index % 2 == 1 ? "json" : "grpc")
                .register(registry);
    }
}
