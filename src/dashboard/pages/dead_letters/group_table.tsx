/** Dead letters by what they died of; each leads to its jobs. */

import type { DeadGroup } from "../../api/types.ts";
import { Ago } from "../../components/ago.tsx";
import { type Column, Table } from "../../components/table.tsx";
import { formatCount } from "../../format/count.ts";
import { query } from "../../router/place.ts";
import { queryText } from "../../api/query_text.ts";
import { paths } from "../../router/routes.ts";

const columns: readonly Column<DeadGroup>[] = [
  { title: "Error", cell: errorText, isWide: true },
  { title: "Exit code", cell: ({ exit_code }) => exit_code ?? <NoExitCode />, isNumber: true },
  { title: "Jobs", cell: ({ count }) => <strong>{formatCount(count)}</strong>, isNumber: true },
  { title: "Queues", cell: ({ queues }) => shortList(queues) },
  { title: "First", cell: ({ oldest_at }) => <Ago at={oldest_at} /> },
  { title: "Last", cell: ({ newest_at }) => <Ago at={newest_at} /> },
];

export function GroupTable({ groups }: { readonly groups: readonly DeadGroup[] }) {
  return (
    <div class="dead-groups">
      <Table
        caption="Dead letters by error"
        columns={columns}
        rows={groups}
        rowKey={({ group }) => group}
        rowUrl={groupUrl}
      />
    </div>
  );
}

export function errorText({ error }: DeadGroup): string {
  return error === "" ? "No error was told" : error;
}

/** "default, films and 3 more". */
export function shortList(names: readonly string[]): string {
  if (names.length <= 3) return names.join(", ");
  return `${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}

function NoExitCode() {
  return <span class="none" title="It did not end by itself">none</span>;
}

function groupUrl({ group }: DeadGroup): string {
  return paths.deadLetters + queryText({ ...Object.fromEntries(query.value), group, after: null });
}
