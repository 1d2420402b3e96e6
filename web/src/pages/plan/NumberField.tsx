// A number to type. The text stays as typed; onChange hears it while it is allowed.
import {useEffect, useState} from 'preact/hooks';

interface Props {
  name: string;
  label: string;
  hint: string;
  value: string;
  wants: string;                      // said when the text is not allowed
  allows: (text: string) => boolean;
  problem: string;                    // the server's, with the value as it is
  onChange: (text: string) => void;
}

export function NumberField({name, label, hint, value, wants, allows, problem, onChange}: Props) {
  const [text, setText] = useState(value);
  // Another value from outside (Back, another type) replaces the text; the same number does not.
  useEffect(() => { if (text !== value && Number(text) !== Number(value)) setText(value); }, [value]);
  const wrong = allows(text) ? problem : wants;
  return (
    <div class={`field${wrong ? ' wrong' : ''}`}>
      <label for={`plan-${name}`}>{label}</label>
      <input id={`plan-${name}`} inputMode="decimal" value={text} autocomplete="off" spellcheck={false}
        aria-invalid={wrong !== ''} aria-describedby={`plan-${name}-hint`}
        onInput={(event) => {
          setText(event.currentTarget.value);
          if (allows(event.currentTarget.value)) onChange(event.currentTarget.value);
        }} />
      <small id={`plan-${name}-hint`}>{wrong || hint}</small>
    </div>
  );
}

export const isNumber = (text: string) => text.trim() !== '' && Number.isFinite(Number(text));
