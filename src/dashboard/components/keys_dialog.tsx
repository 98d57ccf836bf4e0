/** The list of keys that do something now, and whether they do. */

import { areKeysOn, presentKeys } from "../keys/keys.ts";
import { Dialog } from "./dialog.tsx";

export function KeysDialog({ onClose }: { readonly onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose}>
      <dl class="keys">
        {presentKeys.value.map(({ keys, does }) => (
          <div key={`${keys} ${does}`}>
            <dt>{keys.split(" ").map((key) => <kbd key={key}>{key}</kbd>)}</dt>
            <dd>{does}</dd>
          </div>
        ))}
        <div>
          <dt>
            <kbd>Enter</kbd>
          </dt>
          <dd>Open what has the focus</dd>
        </div>
      </dl>
      <label class="check">
        <input
          type="checkbox"
          checked={areKeysOn.value}
          onChange={() => {
            areKeysOn.value = !areKeysOn.value;
          }}
        />
        Keys of one letter do something
      </label>
    </Dialog>
  );
}
